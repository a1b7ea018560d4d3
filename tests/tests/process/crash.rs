//! Processes that die, and ones that only seem to.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use jobs::State;
use jobs_tests::{
    place::{Place, Test},
    tests,
};
use tokio::time::timeout;

use crate::ledger::Account;

use super::children::{Spec, WorkerProcess, enqueue, entries, ledger};

tests!(
    a_killed_worker_loses_nothing_and_repeats_only_what_ran,
    workers_that_are_killed_again_and_again,
    sixteen_processes_start_on_an_empty_database,
);

/// Where a lease tells who lives.
pub(crate) const LEASES: &[Test] = &[("crash::past_its_lease_a_worker_writes_nothing", |place| {
    Box::pin(past_its_lease_a_worker_writes_nothing(place))
})];

/// Where a file lock tells who lives.
pub(crate) const LOCKS: &[Test] = &[("crash::a_paused_worker_keeps_its_jobs", |place| {
    Box::pin(a_paused_worker_keeps_its_jobs(place))
})];

async fn a_killed_worker_loses_nothing_and_repeats_only_what_ran(place: Arc<Place>) {
    let (jobs, ledger) = (place.connect().await, ledger(&place));
    let handles = enqueue(&jobs, 0..1_000, |n| n % 20 * 40).await;
    let spec = Spec {
        concurrency: 1_000,
        ..Spec::default()
    };
    let mut first = WorkerProcess::start(&place, &ledger, &spec);
    entries(&ledger, "end", 300).await;
    first.signal("KILL");
    first.ended().await;

    // What the database says was running at the kill may run twice; nothing else may.
    let mut ran = HashSet::new();
    for (n, handle) in (0_u64..).zip(&handles) {
        if handle.state().await.expect("it is there") == State::Running {
            ran.insert(n);
        }
    }
    assert!(!ran.is_empty(), "the kill came too late to show anything");

    let _second = WorkerProcess::start(&place, &ledger, &spec);
    for handle in &handles {
        handle
            .result_within(Duration::from_secs(15))
            .await
            .expect("every job ran");
    }
    let mut starts = HashMap::new();
    for entry in ledger
        .entries()
        .into_iter()
        .filter(|entry| entry.what == "start")
    {
        *starts.entry(entry.n).or_insert(0) += 1;
    }
    assert_eq!(starts.len(), 1_000, "every job was started");
    let twice: Vec<_> = starts
        .iter()
        .filter(|(n, count)| **count > 1 && !ran.contains(n))
        .collect();
    assert!(
        twice.is_empty(),
        "ran again without having run at the kill: {twice:?}"
    );
    assert!(starts.values().all(|count| *count <= 2));
}

/// Short jobs, so that many are claimed ahead at each kill.
async fn workers_that_are_killed_again_and_again(place: Arc<Place>) {
    let (jobs, ledger) = (place.connect().await, ledger(&place));
    let handles = enqueue(&jobs, 0..600, |_| 3).await;
    let spec = Spec {
        concurrency: 4,
        lease: Duration::from_secs(1),
        ..Spec::default()
    };
    for kill in 1..=4 {
        let mut worker = WorkerProcess::start(&place, &ledger, &spec);
        entries(&ledger, "end", kill * 60).await;
        worker.signal("KILL");
        worker.ended().await;
    }
    let _last = WorkerProcess::start(&place, &ledger, &spec);
    let mut crashes = 0;
    for handle in &handles {
        handle
            .result_within(Duration::from_secs(15))
            .await
            .expect("every job ran");
        let record = jobs.get(handle.id()).await.expect("read").expect("there");
        let errors = record.attempts.iter().filter_map(|run| run.error.as_ref());
        crashes += errors.count();
    }
    assert!(
        (1..=16).contains(&crashes),
        "at most four jobs ran at each of four kills, and {crashes} count as crashed"
    );
}

async fn sixteen_processes_start_on_an_empty_database(place: Arc<Place>) {
    let ledger = ledger(&place);
    let spec = Spec {
        concurrency: 4,
        ..Spec::default()
    };
    let mut workers: Vec<_> = (0..16)
        .map(|_| WorkerProcess::start(&place, &ledger, &spec))
        .collect();
    let jobs = place.connect().await;
    let handles = enqueue(&jobs, 0..400, |_| 2).await;
    for handle in &handles {
        handle
            .result_within(Duration::from_secs(15))
            .await
            .expect("it ran");
    }
    assert_eq!((ledger.count("start"), ledger.count("end")), (400, 400));
    for worker in &workers {
        worker.ready().await;
        worker.signal("TERM");
    }
    for worker in &mut workers {
        assert!(worker.ended().await.success(), "each ends in good order");
    }
}

async fn past_its_lease_a_worker_writes_nothing(place: Arc<Place>) {
    let (jobs, ledger) = (place.connect().await, ledger(&place));
    let first = WorkerProcess::start(&place, &ledger, &Spec::default());
    let handle = jobs
        .enqueue(Account {
            n: 1,
            millis: 1_500,
        })
        .await
        .expect("enqueued");
    entries(&ledger, "start", 1).await;
    first.signal("STOP");
    let second = WorkerProcess::start(&place, &ledger, &Spec::default());
    assert_eq!(
        handle.result().await.expect("the second ran it"),
        second.pid()
    );
    first.signal("CONT");
    entries(&ledger, "dropped", 1).await;

    // It goes on as a new worker.
    drop(second);
    let after = jobs
        .enqueue(Account { n: 2, millis: 0 })
        .await
        .expect("enqueued");
    assert_eq!(after.result().await.expect("it ran"), first.pid());
    assert_eq!(
        handle.result().await.expect("unchanged"),
        second_pid(&ledger, 1)
    );
    let ends = ledger
        .entries()
        .into_iter()
        .filter(|entry| entry.what == "end" && entry.n == 1)
        .count();
    assert_eq!(ends, 1, "the stopped run came to no end");
}

fn second_pid(ledger: &crate::ledger::Ledger, n: u64) -> u32 {
    let ended = ledger
        .entries()
        .into_iter()
        .find(|entry| entry.what == "end" && entry.n == n);
    ended.expect("it ended").pid
}

async fn a_paused_worker_keeps_its_jobs(place: Arc<Place>) {
    let (jobs, ledger) = (place.connect().await, ledger(&place));
    let first = WorkerProcess::start(&place, &ledger, &Spec::default());
    let handle = jobs
        .enqueue(Account {
            n: 1,
            // Longer than it takes to stop it outside of a commit.
            millis: 3_000,
        })
        .await
        .expect("enqueued");
    entries(&ledger, "start", 1).await;
    first.signal("STOP");
    // Stopped within a commit it holds SQLite's one writer, and nobody could show anything.
    let queue = jobs.queue(jobs::queues::default);
    while timeout(Duration::from_secs(1), queue.resume())
        .await
        .is_err()
    {
        first.signal("CONT");
        tokio::task::yield_now().await;
        first.signal("STOP");
    }
    let _second = WorkerProcess::start(&place, &ledger, &Spec::default());
    // The second lives through several rounds of looking for dead workers.
    for n in 2..5 {
        let probe = jobs
            .enqueue(Account { n, millis: 400 })
            .await
            .expect("enqueued");
        probe.result().await.expect("the second runs it");
    }
    assert_eq!(handle.state().await.expect("it is there"), State::Running);
    first.signal("CONT");
    assert_eq!(
        handle.result().await.expect("the first ends it"),
        first.pid()
    );
    let starts = ledger
        .entries()
        .into_iter()
        .filter(|entry| entry.what == "start" && entry.n == 1)
        .count();
    assert_eq!(starts, 1);
}
