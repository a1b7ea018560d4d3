//! Running a job to its end without waiting for its retries: their time is brought forward.

use std::sync::Arc;

use chrono::TimeDelta;
use jobs::{Enqueue, JobId, JobRecord, Jobs, State, WorkerHandle, storage::Storage};
use jobs_tests::{
    notes::notes,
    place::{Place, until},
};

/// A database with a worker, and the clock of its scheduled jobs.
pub(crate) struct Bench {
    pub(crate) jobs: Jobs,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) worker: WorkerHandle,
}

impl Bench {
    pub(crate) async fn new(place: &Place) -> Self {
        let jobs = place.connect().await;
        Self {
            storage: place.storage().await,
            worker: jobs.worker().start().await.expect("started"),
            jobs,
        }
    }

    pub(crate) async fn record(&self, id: JobId) -> JobRecord {
        self.jobs
            .get(id)
            .await
            .expect("read")
            .expect("there is a record")
    }

    /// Makes every scheduled job due.
    pub(crate) async fn bring_forward(&self) {
        let far = chrono::Utc::now() + TimeDelta::days(40_000);
        let promoted = self
            .storage
            .promote(1_000, Some(far))
            .await
            .expect("promoted");
        if promoted.moved > 0 {
            self.nudge().await;
        }
    }

    /// Wakes the worker at once, where it would look by itself a little later.
    pub(crate) async fn nudge(&self) {
        self.jobs.enqueue(Nudge {}).await.expect("enqueued");
    }

    /// Waits for the end, bringing every retry forward.
    pub(crate) async fn end(&self, id: JobId) -> JobRecord {
        until("the job ends", async || {
            let state = self.record(id).await.state;
            if state == State::Scheduled {
                self.bring_forward().await;
            }
            state.is_final()
        })
        .await;
        // The hooks that follow an end have run before it is written.
        self.record(id).await
    }

    /// Waits until it has failed so often and waits for its next run.
    pub(crate) async fn failed(&self, id: JobId, times: usize) -> JobRecord {
        until("the job has failed and waits", async || {
            let record = self.record(id).await;
            record.state == State::Scheduled && record.attempts.len() == times
        })
        .await;
        self.record(id).await
    }

    pub(crate) async fn letters(&self, id: JobId) -> usize {
        let letters = self.jobs.dead_letters().list().await.expect("listed");
        letters.iter().filter(|letter| letter.id == id).count()
    }

    pub(crate) async fn stop(self) {
        self.worker.stop().await.expect("stopped");
        self.jobs.close().await;
        self.storage.close().await;
    }
}

/// Does nothing.
#[jobs::job(retain = false)]
async fn nudge() {}

/// What a plan makes of a job: (how it is enqueued, its plan) → (its end, its executions, what hooks noted).
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) job: fn(String) -> Enqueue<()>,
    pub(crate) plan: &'static str,
    pub(crate) end: State,
    pub(crate) runs: usize,
    pub(crate) hooks: &'static [&'static str],
}

/// Checks a table.
pub(crate) async fn check(place: Arc<Place>, rows: &[Row]) {
    let bench = Bench::new(&place).await;
    for row in rows {
        let handle = (row.job)(row.plan.to_owned())
            .on(&bench.jobs)
            .await
            .expect("enqueued");
        let record = bench.end(handle.id()).await;
        let (runs, hooks): (Vec<_>, Vec<_>) = notes(handle.id())
            .into_iter()
            .partition(|note| note.starts_with("run "));
        assert_eq!(record.state, row.end, "{}: {record:?}", row.what);
        assert_eq!(runs.len(), row.runs, "{}: {runs:?}", row.what);
        assert_eq!(record.attempts.len(), row.runs, "{}: {record:?}", row.what);
        assert_eq!(hooks, row.hooks, "{}", row.what);
        let letters = usize::from(row.end == State::Dead);
        assert_eq!(bench.letters(handle.id()).await, letters, "{}", row.what);
    }
    bench.stop().await;
}
