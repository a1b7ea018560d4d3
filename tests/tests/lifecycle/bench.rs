//! Short ways to wait for a job.

use jobs::{JobId, JobRecord, Jobs, State, job};
use jobs_tests::{notes::notes, place::until};

/// Ends at once.
#[job]
pub(crate) async fn calm() {}

/// What is kept of a job, which there must be.
pub(crate) async fn record(jobs: &Jobs, id: JobId) -> JobRecord {
    jobs.get(id)
        .await
        .expect("read")
        .expect("there is a record")
}

/// Waits until the job is in this state.
pub(crate) async fn reached(jobs: &Jobs, id: JobId, state: State) -> JobRecord {
    until(&format!("the job is {state}"), async || {
        record(jobs, id).await.state == state
    })
    .await;
    record(jobs, id).await
}

/// Waits until the job has ended for good.
pub(crate) async fn ended(jobs: &Jobs, id: JobId) -> JobRecord {
    until("the job has ended", async || {
        record(jobs, id).await.state.is_final()
    })
    .await;
    record(jobs, id).await
}

/// Waits until this was noted about the job.
pub(crate) async fn noted(id: JobId, what: &str) {
    until(&format!("`{what}` is noted"), async || {
        notes(id).iter().any(|note| note == what)
    })
    .await;
}
