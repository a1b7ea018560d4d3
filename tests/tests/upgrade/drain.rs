//! What older code has left is all there after the migration, and runs to its end.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jobs::{JobRecord, Jobs, State, inspect::Filter};
use jobs_tests::{
    notes::{count, notes},
    place::{Place, within},
    tests,
};

use crate::fixture;

tests!(every_fixture);

const LIMIT: Duration = Duration::from_secs(15);

/// Every job of which something is known.
pub(crate) async fn all(jobs: &Jobs) -> Vec<JobRecord> {
    let page = jobs.inspect().jobs(&Filter::default(), None, 1_000).await;
    page.expect("read").items
}

/// How many jobs there are of which name in which state.
pub(crate) fn counted(all: &[JobRecord]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for job in all.iter().filter(|job| job.name != "upgrade.Tick") {
        *counts
            .entry(format!("{} {}", job.name, job.state))
            .or_default() += 1;
    }
    counts
}

fn expected(text: &str) -> BTreeMap<String, usize> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (what, count) = line.rsplit_once(' ').expect("a count");
            (what.to_owned(), count.parse().expect("a number"))
        })
        .collect()
}

/// As the fixture was filled.
const BEFORE: &str = "
    upgrade.Fails dead 2
    upgrade.Flaky scheduled 3
    upgrade.Idle ready 2
    upgrade.Late cancelled 1
    upgrade.Late ready 6
    upgrade.Limited blocked 2
    upgrade.Limited running 1
    upgrade.Next ready 1
    upgrade.Plain scheduled 5
    upgrade.Plain succeeded 13
    upgrade.Rated blocked 1
    upgrade.Rated succeeded 1
    upgrade.Sleeps parked 2
    upgrade.Stepped parked 2
    upgrade.Stuck running 3
    upgrade.Unique ready 3
";

/// Two more of `Plain` are what the batch wanted in its end, and one of `Unique` takes a key that is free again.
const AFTER: &str = "
    upgrade.Fails dead 1
    upgrade.Fails discarded 1
    upgrade.Flaky succeeded 3
    upgrade.Idle succeeded 2
    upgrade.Late cancelled 1
    upgrade.Late succeeded 6
    upgrade.Limited succeeded 3
    upgrade.Next succeeded 1
    upgrade.Plain succeeded 20
    upgrade.Rated succeeded 2
    upgrade.Sleeps succeeded 2
    upgrade.Stepped succeeded 2
    upgrade.Stuck succeeded 3
    upgrade.Unique succeeded 4
";

async fn every_fixture(place: Arc<Place>) {
    let versions = fixture::versions(place.backend);
    assert_eq!(versions, [8], "each has what it is to hold");
    fixture::restore(&place, versions[0]).await;
    let jobs = place.connect().await;
    let before = all(&jobs).await;
    assert_eq!(counted(&before), expected(BEFORE));
    still_held(&jobs, &before).await;

    let worker = jobs.worker().concurrency(8).start().await.expect("started");
    for job in before.iter().filter(|job| job.name == "upgrade.Stepped") {
        jobs.send_event(job.id, "said", "hello")
            .await
            .expect("sent");
    }
    jobs.inspect().resume("idle").await.expect("resumed");
    within(LIMIT, "all have ended", async || {
        let all = all(&jobs).await;
        let open = |job: &&JobRecord| !job.state.is_final() && job.name != "upgrade.Tick";
        all.iter().filter(open).count() == 0
    })
    .await;
    let again = jobs.enqueue(crate::work::Unique { key: 0, n: 9 }).await;
    let again = again.expect("enqueued");
    assert!(!again.was_duplicate(), "its key is free");
    assert_eq!(again.result().await.expect("it ran"), 9);
    within(LIMIT, "the task that was due has its job", async || {
        let all = all(&jobs).await;
        all.iter()
            .any(|job| job.name == "upgrade.Tick" && job.state == State::Succeeded)
    })
    .await;
    let letters = jobs.dead_letters().unresolved().list().await.expect("read");
    assert!(letters[0].discard().await.expect("discarded"));

    let after = all(&jobs).await;
    assert_eq!(counted(&after), expected(AFTER));
    let named = |name: &'static str| after.iter().filter(move |job| job.name == name);
    for job in named("upgrade.Stepped") {
        let output = job.output.as_ref().expect("an output").to_string();
        assert!(output.ends_with("0 hello\""), "{output}");
        let notes = notes(job.id);
        assert!(notes.is_empty(), "its step had run before: {notes:?}");
    }
    for job in named("upgrade.Stuck") {
        assert_eq!(
            (count(job.id, "run"), job.attempts.len()),
            (1, 2),
            "{job:?}"
        );
    }
    for job in named("upgrade.Flaky") {
        assert_eq!(job.attempts.len(), 2, "{job:?}");
    }
    for job in named("upgrade.Next") {
        assert_eq!(
            job.output.as_ref().expect("an output"),
            &serde_json::json!(307)
        );
    }
    worker.stop().await.expect("stopped");
}

/// Keys, pauses and tasks mean what they meant.
async fn still_held(jobs: &Jobs, before: &[JobRecord]) {
    let again = jobs.enqueue(crate::work::Unique { key: 1, n: 1 }).await;
    let again = again.expect("answered");
    assert!(again.was_duplicate());
    assert!(before.iter().any(|job| job.id == again.id()));
    let queues = jobs.inspect().queues().await.expect("read");
    let idle = queues.iter().find(|queue| queue.name == "idle");
    let idle = idle.expect("there");
    assert_eq!(
        (idle.paused, idle.paused_by.as_deref()),
        (true, Some("ann"))
    );
    let tasks = jobs.recurring().list().await.expect("read");
    let names: Vec<_> = tasks.iter().map(|task| task.name.as_str()).collect();
    assert_eq!(names, ["upgrade dynamic", "upgrade.Tick"]);
}
