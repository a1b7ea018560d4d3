//! Workers that are seen, and told what to do from afar.

use std::{sync::Arc, time::Duration};

use jobs::inspect::{Asked, WorkerState};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use super::queues;

tests!(workers_obey_from_afar);

#[jobs::job(queue = "idle")]
async fn inspect_idle() {}

async fn workers_obey_from_afar(place: Arc<Place>) {
    let jobs = place.connect().await;
    let other = place.connect().await;
    let inspector = other.inspect().as_actor("cli:ann");
    let worker = jobs
        .worker()
        .queues([queues::idle])
        .concurrency(3)
        // In memory nothing tells one handle of what another one wrote: signs of life do.
        .lease(Duration::from_secs(1))
        .start()
        .await
        .expect("done");
    let seen = inspector.workers().await.expect("done");
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (seen[0].pid, seen[0].state, seen[0].slots()),
        (std::process::id(), WorkerState::Running, 3)
    );
    assert_eq!(seen[0].queues, [("idle".to_owned(), 3)]);
    assert!(seen[0].knows.contains(&"InspectIdle".to_owned()));
    assert!(seen[0].age() < Duration::from_secs(30));
    let id = seen[0].id.clone();
    assert!(!inspector.quiet("nonsense").await.expect("done"));
    assert!(inspector.quiet(&id).await.expect("done"));
    assert_eq!(
        inspector.workers().await.expect("done")[0].asked,
        Some(Asked::Quiet)
    );
    // A quiet worker claims nothing: it is asked for as long as it takes until a job stays.
    until("it is quiet", async || {
        let job = InspectIdle::perform_later().on(&jobs).await.expect("done");
        job.result_within(Duration::from_millis(300)).await.is_err()
    })
    .await;
    assert!(inspector.unquiet(&id).await.expect("done"));
    let job = InspectIdle::perform_later().on(&jobs).await.expect("done");
    job.result().await.expect("done");
    assert!(inspector.stop(&id).await.expect("done"));
    until("it has stopped", async || {
        inspector.workers().await.expect("done")[0].state == WorkerState::Stopped
    })
    .await;
    assert!(!inspector.quiet(&id).await.expect("done"));
    worker.stop().await.expect("done");
    let done: Vec<_> = inspector.audit(None, 9).await.expect("done").items;
    let done: Vec<_> = done.iter().rev().map(|entry| &*entry.action).collect();
    assert_eq!(done, ["quiet worker", "resume worker", "stop worker"]);
}
