//! Limits and unique keys while processes are killed.

use std::{collections::HashSet, sync::Arc, time::Duration};

use jobs_tests::{place::Place, tests};

use super::children::{Spec, WorkerProcess, entries, ledger};
use crate::ledger::{Ledger, OneOfEach, TwoAtOnce};

tests!(
    killed_processes_give_their_slots_back,
    killed_processes_leave_no_key_behind
);

/// The most that ran at once of any key, by the ledger.
fn most_at_once(ledger: &Ledger) -> usize {
    let mut running: HashSet<(u64, u32)> = HashSet::new();
    let mut most = 0;
    for entry in ledger.entries() {
        match entry.what.as_str() {
            "start" => {
                running.insert((entry.n, entry.pid));
                let same = running.iter().filter(|(n, _)| n % 3 == entry.n % 3);
                most = most.max(same.count());
            }
            "killed" => running.retain(|(_, pid)| *pid != entry.pid),
            _ => {
                running.remove(&(entry.n, entry.pid));
            }
        }
    }
    most
}

async fn kill(process: &mut WorkerProcess, ledger: &Ledger) {
    process.signal("KILL");
    process.ended().await;
    ledger.note_of("killed", 0, process.pid());
}

async fn killed_processes_give_their_slots_back(place: Arc<Place>) {
    let (jobs, ledger) = (place.connect().await, ledger(&place));
    let many = (0..90).map(|n| TwoAtOnce { n });
    let all = jobs::perform_all_later(many)
        .on(&jobs)
        .await
        .expect("stored");
    let spec = Spec {
        concurrency: 6,
        lease: Duration::from_millis(1_500),
        ..Spec::default()
    };
    let mut processes: Vec<_> = (0..3)
        .map(|_| WorkerProcess::start(&place, &ledger, &spec))
        .collect();
    for (n, process) in processes.iter_mut().take(2).enumerate() {
        entries(&ledger, "end", 10 * (n + 1)).await;
        kill(process, &ledger).await;
    }
    for job in all.iter() {
        job.result_within(Duration::from_secs(15))
            .await
            .expect("every job ran");
    }
    assert_eq!(
        most_at_once(&ledger),
        2,
        "as many as the limit, and no more"
    );
}

async fn killed_processes_leave_no_key_behind(place: Arc<Place>) {
    let (jobs, ledger) = (place.connect().await, ledger(&place));
    let enqueue = async || {
        let many = (0..30).map(|n| OneOfEach { n });
        jobs::perform_all_later(many)
            .on(&jobs)
            .await
            .expect("stored")
    };
    let first = enqueue().await;
    let spec = Spec {
        concurrency: 4,
        lease: Duration::from_millis(1_500),
        ..Spec::default()
    };
    let mut process = WorkerProcess::start(&place, &ledger, &spec);
    entries(&ledger, "start", 6).await;
    kill(&mut process, &ledger).await;
    let again = enqueue().await;
    let held = again.iter().filter(|job| job.was_duplicate()).count();
    assert!(
        (20..=30).contains(&held),
        "what has not ended holds its key: {held}"
    );
    let _second = WorkerProcess::start(&place, &ledger, &spec);
    for job in first.iter().chain(again.iter()) {
        job.result_within(Duration::from_secs(15))
            .await
            .expect("every job ran");
    }
    let third = enqueue().await;
    assert!(
        third.iter().all(|job| !job.was_duplicate()),
        "every end freed its key"
    );
}
