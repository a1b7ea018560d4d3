//! What the random lives are made of: steps, the jobs that there should be, and what must hold after each step.

use std::{collections::BTreeMap, sync::Arc};

use jobs::{
    JobId, State,
    storage::{
        Ack, Claimed, Held, Inserted, Keys, KindId, NewJob, Next, OnConflict, RateKey, RunAt,
        SlotKey, Storage, UniqueKey, WorkerId,
    },
};
use jobs_tests::{Database, make::*};
use proptest::prelude::*;

pub(super) const KEYS: usize = 3;
pub(super) const LIMIT: usize = 2;
/// So many claims of a rate's key
pub(super) const COUNT: usize = 3;
/// in so many seconds.
pub(super) const PER: i64 = 20;

#[derive(Debug, Clone)]
pub(super) enum Step {
    Insert { what: What, key: usize, delay: i64 },
    Claim { worker: usize, at_most: u32 },
    Finish { claim: usize, way: Way },
    Cancel { job: usize },
    Pass { seconds: i64 },
    Die { worker: usize },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Unique,
    Slot,
    Fair,
    Rate,
    SlotAndRate,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    End,
    Retry(u64),
    PutBack,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let what = prop_oneof![
        Just(What::Unique),
        Just(What::Slot),
        Just(What::Slot),
        Just(What::Fair),
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

pub(super) struct Job {
    pub(super) what: What,
    pub(super) key: usize,
    pub(super) unique: Option<String>,
}

pub(super) struct World {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) processes: [(Arc<dyn Storage>, WorkerId); 2],
    pub(super) jobs: BTreeMap<JobId, Job>,
    pub(super) claims: Vec<Claimed>,
    pub(super) rates: BTreeMap<usize, Vec<i64>>,
    pub(super) now: i64,
    pub(super) round: u32,
    pub(super) queue: String,
    pub(super) kind: KindId,
}

impl World {
    pub(super) fn keys(&self, what: What, key: usize) -> Keys {
        let name = |sort: &str| format!("{sort} {} {key}", self.round);
        let slot = SlotKey {
            key: name(if what == What::Fair { "fair" } else { "slot" }),
            limit: LIMIT as u32,
            discard: false,
            fair: what == What::Fair,
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
            slots: if matches!(what, What::Slot | What::Fair | What::SlotAndRate) {
                vec![slot]
            } else {
                Vec::new()
            },
            rate: matches!(what, What::Rate | What::SlotAndRate).then_some(rate),
        }
    }

    pub(super) async fn insert(&mut self, what: What, key: usize, delay: i64) {
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

    pub(super) async fn state(&self, id: JobId) -> State {
        state(&*self.storage, id).await.expect("a record")
    }

    pub(super) async fn claim(&mut self, worker: usize, at_most: u32) {
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

    pub(super) async fn end(&self, claimed: &Claimed, to: Next) -> Ack {
        ack(&*self.storage, claimed, to, self.now).await
    }

    pub(super) async fn check(&self) {
        let mut states: BTreeMap<(usize, bool), Vec<State>> = BTreeMap::new();
        for (id, job) in &self.jobs {
            if matches!(job.what, What::Slot | What::Fair | What::SlotAndRate) {
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
                    let key = (job.key, job.what == What::Fair);
                    states.entry(key).or_default().push(state);
                }
            }
        }
        for ((key, fair), states) in states {
            let count = |wanted: State| states.iter().filter(|state| **state == wanted).count();
            let running = count(State::Running);
            assert!(running <= LIMIT, "{running} of key {key} run");
            // Where keys take turns, one that stands in line will bring the next.
            let ready = count(State::Ready);
            let room = running + ready < LIMIT && !(fair && ready > 0);
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

    pub(super) async fn pass(&mut self, seconds: i64) {
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

    pub(super) async fn die(&mut self, database: &dyn Database, worker: usize) {
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

    pub(super) async fn apply(&mut self, database: &dyn Database, step: Step) {
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
    pub(super) async fn drain(&mut self) {
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

pub(super) async fn world(database: &dyn Database, round: u32) -> World {
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
