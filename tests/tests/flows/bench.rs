//! Short ways to wait for a job.

use jobs::{JobId, JobRecord, Jobs, State};
use jobs_tests::place::until;

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
