//! Random sequences of verbs against a small model: no job is lost, none has two live claims, stale acks change
//! nothing, what has ended stays so, and each queue gives its jobs in order.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use chrono::{DateTime, Utc};
use jobs::{
    JobId, State,
    storage::{Ack, Claimed, KindId, NewJob, Next, RunAt, Storage, WorkerId},
};
use jobs_tests::{Database, cases, make::*};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

cases!(agrees_with_the_model);

#[derive(Debug, Clone)]
enum Step {
    Insert {
        priority: i16,
        delay: i64,
    },
    Claim {
        worker: usize,
        at_most: u32,
    },
    /// Ends the n-th claim ever made, so also stale ones.
    Finish {
        claim: usize,
        way: Way,
    },
    Promote {
        limit: u32,
    },
    Pass {
        seconds: i64,
    },
    /// A worker's process dies, and its jobs are put back as crashed.
    Die {
        worker: usize,
    },
    Cancel {
        job: usize,
    },
}

#[derive(Debug, Clone, Copy)]
enum Way {
    End(State),
    Retry(u64),
    PutBack,
}

fn step() -> impl Strategy<Value = Step> {
    let way = prop_oneof![
        Just(Way::End(State::Succeeded)),
        Just(Way::End(State::Discarded)),
        Just(Way::End(State::Dead)),
        (0..20_u64).prop_map(Way::Retry),
        Just(Way::PutBack),
    ];
    prop_oneof![
        5 => (-2..3_i16, -5..15_i64).prop_map(|(priority, delay)| Step::Insert { priority, delay }),
        4 => (0..2_usize, 1..4_u32).prop_map(|(worker, at_most)| Step::Claim { worker, at_most }),
        5 => (0..30_usize, way).prop_map(|(claim, way)| Step::Finish { claim, way }),
        2 => (1..4_u32).prop_map(|limit| Step::Promote { limit }),
        2 => (1..10_i64).prop_map(|seconds| Step::Pass { seconds }),
        1 => (0..2_usize).prop_map(|worker| Step::Die { worker }),
        1 => (0..20_usize).prop_map(|job| Step::Cancel { job }),
    ]
}

#[derive(Debug, Clone, PartialEq)]
struct Job {
    seq: usize,
    priority: i16,
    run_at: DateTime<Utc>,
    state: State,
    claim: Option<(WorkerId, i64)>,
    /// Somebody asked to cancel it while it ran.
    asked: bool,
    /// The claim that ended last, and how.
    last: Option<(WorkerId, i64, String)>,
    attempt: u32,
    runs: u32,
    crashes: u32,
}

/// How a claim ended that somebody had asked to cancel.
const ASKED: &str = "cancelled, as was asked";

struct Model {
    jobs: BTreeMap<JobId, Job>,
    claims: Vec<Claimed>,
    now: i64,
    queue: String,
    kind: KindId,
}

impl Model {
    fn in_state(&self, wanted: State) -> Vec<JobId> {
        let mut found: Vec<_> = self
            .jobs
            .iter()
            .filter(|(_, job)| job.state == wanted)
            .collect();
        found.sort_by_key(|(_, job)| (job.priority, job.run_at, job.seq));
        found.into_iter().map(|(id, _)| *id).collect()
    }

    fn new_job(&mut self, priority: i16, delay: i64) -> NewJob {
        let run_at = at(self.now + delay);
        let mut new = job(self.kind);
        (new.priority, new.run_at, new.queue) =
            (priority, RunAt::At(run_at), self.queue.clone().into());
        let state = if delay > 0 {
            State::Scheduled
        } else {
            State::Ready
        };
        let seq = self.jobs.len();
        let known = Job {
            seq,
            priority,
            run_at,
            state,
            claim: None,
            asked: false,
            last: None,
            attempt: 0,
            runs: 0,
            crashes: 0,
        };
        self.jobs.insert(new.id, known);
        new
    }

    fn claimed(&mut self, got: &[Claimed], worker: WorkerId, at_most: u32) {
        let mut expected = self.in_state(State::Ready);
        expected.truncate(at_most as usize);
        assert_eq!(
            ids(got),
            expected,
            "in order, ready ones only, and all that there are"
        );
        for claimed in got {
            let job = self.jobs.get_mut(&claimed.claim.id).expect("known");
            let highest = job.last.as_ref().map_or(0, |(_, fence, _)| *fence);
            assert!(claimed.claim.fence > highest, "the fence only grows");
            let counts = (claimed.attempt, claimed.runs, claimed.crashes);
            assert_eq!(counts, (job.attempt, job.runs, job.crashes));
            assert_eq!(
                (claimed.run_at, claimed.priority),
                (job.run_at, job.priority)
            );
            job.state = State::Running;
            job.claim = Some((worker, claimed.claim.fence));
        }
        self.claims.extend_from_slice(got);
    }

    /// What the ack must be; applies it.
    fn finished(&mut self, claimed: &Claimed, to: &Next, name: &str) -> Ack {
        let now = at(self.now);
        let job = self.jobs.get_mut(&claimed.claim.id).expect("known");
        let claim = (claimed.claim.worker, claimed.claim.fence);
        if job.claim != Some(claim) {
            let again = (claim.0, claim.1, name.to_owned());
            let asked = (claim.0, claim.1, ASKED.to_owned());
            if job.last == Some(asked) && !matches!(to, Next::End(_)) {
                return Ack::Cancelled;
            }
            return if job.last == Some(again) {
                Ack::Done
            } else {
                Ack::Stale
            };
        }
        job.claim = None;
        job.last = Some((claim.0, claim.1, name.to_owned()));
        match to {
            Next::End(end) => job.state = end.state,
            Next::Retry { after, .. } => {
                job.state = if after.is_zero() {
                    State::Ready
                } else {
                    State::Scheduled
                };
                job.run_at = now + *after;
                job.attempt += 1;
                job.runs += 1;
            }
            Next::Crashed { .. } => {
                job.state = State::Ready;
                job.runs += 1;
                job.crashes += 1;
            }
            Next::PutBack => job.state = State::Ready,
            Next::Block { .. } => job.state = State::Blocked,
            Next::Park { .. } => job.state = State::Parked,
        }
        if std::mem::take(&mut job.asked) && !matches!(to, Next::End(_)) {
            job.state = State::Cancelled;
            job.last = Some((claim.0, claim.1, ASKED.to_owned()));
            return Ack::Cancelled;
        }
        Ack::Done
    }
}

struct Process {
    storage: Arc<dyn Storage>,
    worker: WorkerId,
}

async fn process(database: &dyn Database, seconds: i64) -> Process {
    let storage = database.open().await;
    let worker = registered(&*storage, seconds).await;
    Process { storage, worker }
}

/// A worker that is never renewed would be lost when time passes.
async fn stay_alive(processes: &[Process; 2], seconds: i64) {
    for process in processes {
        let renewed = process
            .storage
            .renew(process.worker, now(seconds))
            .await
            .expect("renewed");
        assert!(
            renewed.alive,
            "{} was declared lost while it lived",
            process.worker
        );
    }
}

async fn play(database: Arc<dyn Database>, steps: Vec<Step>) {
    static ROUND: AtomicU32 = AtomicU32::new(0);
    // Rounds share a database, a queue keeps them apart, and so does time: leases of the last round have ended.
    let round = ROUND.fetch_add(1, Ordering::Relaxed);
    let beginning = i64::from(round) * 100_000;
    let mut processes = [
        process(&*database, beginning).await,
        process(&*database, beginning).await,
    ];
    let storage = database.open().await;
    let kind = declare(&*storage, &["model"]).await[0];
    let mut model = Model {
        jobs: BTreeMap::new(),
        claims: Vec::new(),
        now: beginning,
        queue: format!("round {round}"),
        kind,
    };
    for step in steps {
        apply(&*database, &*storage, &mut processes, &mut model, step).await;
        for (id, job) in &model.jobs {
            assert_eq!(
                state(&*storage, *id).await,
                Some(job.state),
                "{id}: {job:?}"
            );
        }
    }
    drain(&*storage, &processes[0], &mut model).await;
}

async fn apply(
    database: &dyn Database,
    storage: &dyn Storage,
    processes: &mut [Process; 2],
    model: &mut Model,
    step: Step,
) {
    match step {
        Step::Insert { priority, delay } => {
            let new = model.new_job(priority, delay);
            insert(storage, vec![new], model.now).await;
        }
        Step::Claim { worker, at_most } => {
            let Process { storage, worker } = &processes[worker];
            let request = take(*worker, &model.queue, at_most);
            let got = storage
                .claim(request, now(model.now))
                .await
                .expect("claimed");
            model.claimed(&got, *worker, at_most);
        }
        Step::Finish { claim, way } => {
            let Some(claimed) = model.claims.get(claim).cloned() else {
                return;
            };
            let (to, name) = match way {
                Way::End(state) => (Next::End(end(state)), state.to_string()),
                Way::Retry(after) => (retry(after), "retry".to_owned()),
                Way::PutBack => (Next::PutBack, "put back".to_owned()),
            };
            let expected = model.finished(&claimed, &to, &name);
            assert_eq!(ack(storage, &claimed, to, model.now).await, expected);
        }
        Step::Promote { limit } => {
            let mut due = model.in_state(State::Scheduled);
            due.retain(|id| model.jobs[id].run_at <= at(model.now));
            due.sort_by_key(|id| model.jobs[id].run_at);
            // Which of equally due ones go first is nobody's business, so all that are due go.
            let limit = if due.len() > limit as usize {
                100
            } else {
                limit
            };
            let promoted = storage
                .promote(limit, now(model.now))
                .await
                .expect("promoted");
            assert_eq!(promoted.moved, due.len() as u64);
            for id in due {
                model.jobs.get_mut(&id).expect("known").state = State::Ready;
            }
        }
        Step::Pass { seconds } => {
            model.now += seconds;
            stay_alive(processes, model.now).await;
        }
        Step::Die { worker } => {
            let survivor = 1 - worker;
            model.now += 31;
            let renewed = &processes[survivor];
            renewed
                .storage
                .renew(renewed.worker, now(model.now))
                .await
                .expect("renewed");
            let dead = processes[worker].worker;
            processes[worker] = process(database, model.now).await;
            let mut lost: Vec<_> = lost(storage, 1_000, model.now)
                .await
                .into_iter()
                .filter(|job| job.claim.worker == dead)
                .collect();
            let mut expected: Vec<_> = model.in_state(State::Running);
            expected.retain(|id| {
                model.jobs[id]
                    .claim
                    .is_some_and(|(worker, _)| worker == dead)
            });
            lost.sort_by_key(|job| job.claim.id);
            expected.sort();
            assert_eq!(ids(&lost), expected);
            for job in lost {
                let to = Next::Crashed {
                    error: error("lost"),
                };
                let expected = model.finished(&job, &to, "crashed");
                assert_ne!(expected, Ack::Stale);
                assert_eq!(ack(storage, &job, to, model.now).await, expected);
            }
        }
        Step::Cancel { job } => {
            let Some((id, job)) = model.jobs.iter_mut().nth(job) else {
                return;
            };
            storage
                .cancel(*id, Some(DAY), now(model.now))
                .await
                .expect("cancelled");
            if !job.state.is_final() && job.state != State::Running {
                job.state = State::Cancelled;
                job.last = None;
            } else if job.state == State::Running {
                job.asked = true;
            }
        }
    }
}

/// Everything that is left can be run to its end: nothing is lost.
async fn drain(storage: &dyn Storage, process: &Process, model: &mut Model) {
    let running: Vec<_> = model
        .claims
        .iter()
        .filter(|claimed| {
            model.jobs[&claimed.claim.id].claim == Some((claimed.claim.worker, claimed.claim.fence))
        })
        .cloned()
        .collect();
    for claimed in running {
        let expected = model.finished(&claimed, &Next::PutBack, "put back");
        assert_ne!(expected, Ack::Stale);
        let told = ack(storage, &claimed, Next::PutBack, model.now).await;
        assert_eq!(told, expected);
    }
    model.now += 100;
    storage
        .promote(1_000, now(model.now))
        .await
        .expect("promoted");
    for id in model.in_state(State::Scheduled) {
        model.jobs.get_mut(&id).expect("known").state = State::Ready;
    }
    let request = take(process.worker, &model.queue, 1_000);
    let rest = storage
        .claim(request, now(model.now))
        .await
        .expect("claimed");
    model.claimed(&rest, process.worker, 1_000);
    for claimed in rest {
        let to = Next::End(end(State::Succeeded));
        assert_eq!(ack(storage, &claimed, to, model.now).await, Ack::Done);
    }
    let left: Vec<_> = model
        .jobs
        .values()
        .filter(|job| !job.state.is_final())
        .collect();
    assert!(
        left.iter().all(|job| job.state == State::Running),
        "{left:?}"
    );
}

async fn agrees_with_the_model(database: Arc<dyn Database>) {
    let handle = tokio::runtime::Handle::current();
    let playing = tokio::task::spawn_blocking(move || {
        let config = Config {
            cases: 40,
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
