//! Random lives of jobs with keys: never two of a unique key, never more than a limit, never more claims in a span than
//! a rate allows, never a job that waits for a key that has room; and in the end everything has run.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use jobs::{
    JobId, State,
    storage::{
        Ack, Claimed, Held, Inserted, Keys, KindId, NewJob, Next, OnConflict, RateKey, RunAt,
        SlotKey, Storage, UniqueKey, WorkerId,
    },
};
use jobs_tests::{Database, cases, make::*};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

cases!(
    invariants_hold,
    a_full_key_hides_nobody_behind_it,
    who_waits_for_a_rate_passes_its_slot_on,
    a_lost_worker_gives_its_slots_back
);

const KEYS: usize = 3;
const LIMIT: usize = 2;
/// So many claims of a rate's key
const COUNT: usize = 3;
/// in so many seconds.
const PER: i64 = 20;

#[derive(Debug, Clone)]
enum Step {
    Insert { what: What, key: usize, delay: i64 },
    Claim { worker: usize, at_most: u32 },
    Finish { claim: usize, way: Way },
    Cancel { job: usize },
    Pass { seconds: i64 },
    Die { worker: usize },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Unique,
    Slot,
    Rate,
    SlotAndRate,
}

#[derive(Debug, Clone, Copy)]
enum Way {
    End,
    Retry(u64),
    PutBack,
}

fn step() -> impl Strategy<Value = Step> {
    let what = prop_oneof![
        Just(What::Unique),
        Just(What::Slot),
        Just(What::Slot),
        Just(What::Rate),
        Just(What::SlotAndRate),
    ];
    let way = prop_oneof![
        3 => Just(Way::End),
        1 => (0..20_u64).prop_map(Way::Retry),
        1 => Just(Way::PutBack),
    ];
    prop_oneof![
        6 => (what, 0..KEYS, -3..8_i64).prop_map(|(what, key, delay)| Step::Insert { what, key, delay }),
        4 => (0..2_usize, 1..8_u32).prop_map(|(worker, at_most)| Step::Claim { worker, at_most }),
        5 => (0..40_usize, way).prop_map(|(claim, way)| Step::Finish { claim, way }),
        1 => (0..40_usize).prop_map(|job| Step::Cancel { job }),
        3 => (1..12_i64).prop_map(|seconds| Step::Pass { seconds }),
        1 => (0..2_usize).prop_map(|worker| Step::Die { worker }),
    ]
}

struct Job {
    what: What,
    key: usize,
    unique: Option<String>,
}

struct World {
    storage: Arc<dyn Storage>,
    processes: [(Arc<dyn Storage>, WorkerId); 2],
    jobs: BTreeMap<JobId, Job>,
    claims: Vec<Claimed>,
    rates: BTreeMap<usize, Vec<i64>>,
    now: i64,
    round: u32,
    queue: String,
    kind: KindId,
}

impl World {
    fn keys(&self, what: What, key: usize) -> Keys {
        let name = |sort: &str| format!("{sort} {} {key}", self.round);
        let slot = SlotKey {
            key: name("slot"),
            limit: LIMIT as u32,
            discard: false,
        };
        let rate = RateKey {
            key: name("rate"),
            count: COUNT as u32,
            per: secs(PER.unsigned_abs()),
        };
        let unique = UniqueKey {
            key: name("unique"),
            until: Held::Ended,
            ttl: None,
            on_conflict: OnConflict::Reject,
        };
        Keys {
            unique: (what == What::Unique).then_some(unique),
            slots: if matches!(what, What::Slot | What::SlotAndRate) {
                vec![slot]
            } else {
                Vec::new()
            },
            rate: matches!(what, What::Rate | What::SlotAndRate).then_some(rate),
        }
    }

    async fn insert(&mut self, what: What, key: usize, delay: i64) {
        let keys = self.keys(what, key);
        let unique = keys.unique.as_ref().map(|unique| unique.key.clone());
        let new = NewJob {
            queue: self.queue.clone().into(),
            run_at: RunAt::At(at(self.now + delay)),
            keys: Some(Box::new(keys)),
            ..job(self.kind)
        };
        let id = new.id;
        let mut live = None;
        for (other, known) in &self.jobs {
            if unique.is_some() && known.unique == unique && !self.state(*other).await.is_final() {
                live = Some(*other);
            }
        }
        let answers = self
            .storage
            .insert(vec![new], now(self.now))
            .await
            .expect("inserted");
        assert_eq!(answers, [live.map_or(Inserted::New, Inserted::Held)]);
        if live.is_none() {
            self.jobs.insert(id, Job { what, key, unique });
        }
    }

    async fn state(&self, id: JobId) -> State {
        state(&*self.storage, id).await.expect("a record")
    }

    async fn claim(&mut self, worker: usize, at_most: u32) {
        let (storage, worker) = self.processes[worker].clone();
        let got = storage
            .claim(take(worker, &self.queue, at_most), now(self.now))
            .await
            .expect("claimed");
        assert!(got.len() <= at_most as usize);
        for claimed in &got {
            let job = &self.jobs[&claimed.claim.id];
            if matches!(job.what, What::Rate | What::SlotAndRate) {
                self.rates.entry(job.key).or_default().push(self.now);
            }
        }
        let all = got.len() < at_most as usize;
        self.claims.extend(got);
        if all {
            // Whatever is ready now was not found: nothing may be.
            for id in self.jobs.keys() {
                assert_ne!(
                    self.state(*id).await,
                    State::Ready,
                    "a claim for more left it"
                );
            }
        }
    }

    async fn end(&self, claimed: &Claimed, to: Next) -> Ack {
        ack(&*self.storage, claimed, to, self.now).await
    }

    async fn check(&self) {
        let mut states: BTreeMap<usize, Vec<State>> = BTreeMap::new();
        for (id, job) in &self.jobs {
            if matches!(job.what, What::Slot | What::SlotAndRate) {
                let state = self.state(*id).await;
                // What waits for its rate does not wait for a slot.
                let rate = state == State::Blocked
                    && self
                        .storage
                        .get(*id)
                        .await
                        .expect("read")
                        .and_then(|row| row.reason)
                        .is_some_and(|why| why == "rate limit");
                if !rate {
                    states.entry(job.key).or_default().push(state);
                }
            }
        }
        for (key, states) in states {
            let count = |wanted: State| states.iter().filter(|state| **state == wanted).count();
            let running = count(State::Running);
            assert!(running <= LIMIT, "{running} of key {key} run");
            let room = running + count(State::Ready) < LIMIT;
            assert!(
                !room || count(State::Blocked) == 0,
                "key {key} has room: {states:?}"
            );
        }
        for (key, times) in &self.rates {
            for first in times {
                let within = times
                    .iter()
                    .filter(|time| (*first..first + PER).contains(time));
                assert!(within.count() <= COUNT, "rate {key}: {times:?}");
            }
        }
    }

    async fn pass(&mut self, seconds: i64) {
        self.now += seconds;
        for (storage, worker) in &self.processes {
            storage
                .renew(*worker, now(self.now))
                .await
                .expect("renewed");
        }
        self.storage
            .promote(1_000, now(self.now))
            .await
            .expect("promoted");
    }

    async fn die(&mut self, database: &dyn Database, worker: usize) {
        let dead = self.processes[worker].1;
        self.now += 31;
        let (storage, other) = &self.processes[1 - worker];
        storage.renew(*other, now(self.now)).await.expect("renewed");
        let storage = database.open().await;
        let id = registered(&*storage, self.now).await;
        self.processes[worker] = (storage, id);
        let lost = self
            .storage
            .lost(1_000, now(self.now))
            .await
            .expect("looked");
        for job in lost
            .into_iter()
            .filter(|job| job.claimed.claim.worker == dead)
        {
            let to = Next::Crashed {
                error: error("lost"),
            };
            assert_eq!(self.end(&job.claimed, to).await, Ack::Done);
        }
        self.pass(0).await;
    }

    async fn apply(&mut self, database: &dyn Database, step: Step) {
        match step {
            Step::Insert { what, key, delay } => self.insert(what, key, delay).await,
            Step::Claim { worker, at_most } => self.claim(worker, at_most).await,
            Step::Finish { claim, way } => {
                let Some(claimed) = self.claims.get(claim).cloned() else {
                    return;
                };
                let to = match way {
                    Way::End => Next::End(end(State::Succeeded)),
                    Way::Retry(after) => retry(after),
                    Way::PutBack => Next::PutBack,
                };
                self.end(&claimed, to).await;
            }
            Step::Cancel { job } => {
                let Some(id) = self.jobs.keys().nth(job).copied() else {
                    return;
                };
                if self.state(id).await != State::Running {
                    self.storage
                        .cancel(id, Some(DAY), now(self.now))
                        .await
                        .expect("cancelled");
                }
            }
            Step::Pass { seconds } => self.pass(seconds).await,
            Step::Die { worker } => self.die(database, worker).await,
        }
    }

    /// Everything that is left can be run to its end.
    async fn drain(&mut self) {
        for _ in 0..200 {
            for claimed in std::mem::take(&mut self.claims) {
                self.end(&claimed, Next::End(end(State::Succeeded))).await;
            }
            let mut left = Vec::new();
            for id in self.jobs.keys() {
                let state = self.state(*id).await;
                if !state.is_final() {
                    left.push(state);
                }
            }
            if left.is_empty() {
                return;
            }
            self.pass(PER / 2 + 1).await;
            self.claim(0, 50).await;
            self.check().await;
        }
        panic!("something never ran");
    }
}

async fn world(database: &dyn Database, round: u32) -> World {
    let now = i64::from(round) * 100_000;
    let storage = database.open().await;
    let mut processes = Vec::new();
    for _ in 0..2 {
        let storage = database.open().await;
        let worker = registered(&*storage, now).await;
        processes.push((storage, worker));
    }
    let kind = declare(&*storage, &["limited"]).await[0];
    let processes = [processes.remove(0), processes.remove(0)];
    World {
        storage,
        processes,
        jobs: BTreeMap::new(),
        claims: Vec::new(),
        rates: BTreeMap::new(),
        now,
        round,
        queue: format!("limited {round}"),
        kind,
    }
}

async fn play(database: Arc<dyn Database>, steps: Vec<Step>) {
    static ROUND: AtomicU32 = AtomicU32::new(1);
    let mut world = world(&*database, ROUND.fetch_add(1, Ordering::Relaxed)).await;
    for step in steps {
        world.apply(&*database, step).await;
        world.check().await;
    }
    world.drain().await;
}

async fn invariants_hold(database: Arc<dyn Database>) {
    let handle = tokio::runtime::Handle::current();
    let playing = tokio::task::spawn_blocking(move || {
        let config = Config {
            cases: 25,
            failure_persistence: None,
            ..Config::default()
        };
        let steps = proptest::collection::vec(step(), 1..60);
        TestRunner::new(config).run(&steps, |steps| {
            handle.block_on(play(database.clone(), steps));
            Ok(())
        })
    });
    if let Err(failure) = playing.await.expect("no panic") {
        panic!("{failure}");
    }
}

async fn who_waits_for_a_rate_passes_its_slot_on(database: Arc<dyn Database>) {
    let insert = |what, delay| Step::Insert {
        what,
        key: 1,
        delay,
    };
    let steps = vec![
        insert(What::Slot, 0),
        insert(What::Rate, -2),
        insert(What::SlotAndRate, 4),
        insert(What::SlotAndRate, -2),
        insert(What::Rate, 1),
        insert(What::Slot, 4),
        Step::Pass { seconds: 6 },
        insert(What::Slot, 0),
    ];
    play(database, steps).await;
}

async fn a_full_key_hides_nobody_behind_it(database: Arc<dyn Database>) {
    let world = world(&*database, 0).await;
    let of = |world: &World, key: usize| NewJob {
        queue: world.queue.clone().into(),
        keys: Some(Box::new(world.keys(What::Slot, key))),
        ..job(world.kind)
    };
    let many: Vec<_> = (0..3_000)
        .map(|_| of(&world, 0))
        .chain([of(&world, 1)])
        .collect();
    let last = many[3_000].id;
    let ids = insert(&*world.storage, many, 0).await;
    let (storage, worker) = world.processes[0].clone();
    let got = storage
        .claim(take(worker, &world.queue, 10), now(0))
        .await
        .expect("claimed");
    assert_eq!(got.len(), LIMIT + 1);
    assert_eq!(got[LIMIT].claim.id, last);
    assert_eq!(
        storage
            .claim(take(worker, &world.queue, 10), now(0))
            .await
            .expect("claimed")
            .len(),
        0
    );
    // Each end lets exactly one go on, the first of those that wait.
    assert_eq!(
        world.end(&got[0], Next::End(end(State::Succeeded))).await,
        Ack::Done
    );
    let next = storage
        .claim(take(worker, &world.queue, 10), now(0))
        .await
        .expect("claimed");
    assert_eq!(jobs_tests::make::ids(&next), ids[LIMIT..=LIMIT]);
}

async fn a_lost_worker_gives_its_slots_back(database: Arc<dyn Database>) {
    let mut world = world(&*database, 0).await;
    for _ in 0..4 {
        world.insert(What::Slot, 0, 0).await;
    }
    world.claim(0, 10).await;
    assert_eq!(world.claims.len(), LIMIT);
    world.check().await;
    world.die(&*database, 0).await;
    world.check().await;
    world.claims.clear();
    world.claim(1, 10).await;
    assert_eq!(world.claims.len(), LIMIT, "as many as before, and no more");
    world.drain().await;
}
