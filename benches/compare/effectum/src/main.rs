//! effectum as it is shipped (rollback journal, `synchronous=NORMAL`). It is made for one process.

use std::{ops::Range, path::Path, sync::Arc, time::Duration};

use drive::{Peer, Result};
use effectum::{Job, JobRunner, Queue, RunningJob, Worker};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
struct Noop {
    n: i64,
}

async fn noop(job: RunningJob, _: Arc<()>) -> Result<(), effectum::Error> {
    drive::ran(job.json_payload::<Noop>()?.n);
    Ok(())
}

struct Effectum(Queue);

impl Peer for Effectum {
    type Working = Worker;

    async fn connect(url: &str) -> Result<Self> {
        Ok(Self(
            Queue::new(Path::new(url.trim_start_matches("sqlite://"))).await?,
        ))
    }

    async fn enqueue(&self, n: i64) -> Result {
        Job::builder("noop")
            .json_payload(&Noop { n })?
            .add_to(&self.0)
            .await?;
        Ok(())
    }

    async fn bulk(&self, jobs: Range<i64>, delay: Duration) -> Result {
        let run_at = time::OffsetDateTime::now_utc() + delay;
        for first in jobs.clone().step_by(10_000) {
            let jobs = (first..jobs.end.min(first + 10_000))
                .map(|n| {
                    Ok(Job::builder("noop")
                        .run_at(run_at)
                        .json_payload(&Noop { n })?
                        .build())
                })
                .collect::<Result<Vec<_>>>()?;
            self.0.add_jobs(jobs).await?;
        }
        Ok(())
    }

    async fn work(&self) -> Result<Worker> {
        let runner = JobRunner::builder("noop", noop).build();
        let worker = Worker::builder(&self.0, Arc::new(()))
            .min_concurrency(100)
            .max_concurrency(500);
        Ok(worker.jobs([runner]).build().await?)
    }

    async fn stop(worker: Worker) -> Result {
        worker.unregister(Some(Duration::from_secs(5))).await?;
        Ok(())
    }
}

fn main() {
    // Its database threads outlive the runtime that they are handed back to, and say so.
    std::panic::set_hook(Box::new(|_| {}));
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [url, task] = words.as_slice() {
        drive::main::<Effectum>(url, task);
    }
}
