//! graphile_worker, the Rust one. Settings for draining are those of its own benchmark (`benches/perf_test.rs`): 500 at
//! once, a local queue of 5,000, batched completions. `IDLE=1` in the environment leaves the local queue out: its
//! documentation advises so for rare jobs, and with it an idle worker polls without a pause.

use std::{ops::Range, sync::Arc, time::Duration};

use drive::{Peer, Result};
use graphile_worker::{
    IntoTaskHandlerResult, JobSpec, LocalQueueConfig, TaskHandler, Worker, WorkerContext,
    WorkerOptions, WorkerUtils,
};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::task::JoinHandle;

#[derive(Clone, Serialize, Deserialize)]
struct Noop {
    n: i64,
}

impl TaskHandler for Noop {
    const IDENTIFIER: &'static str = "noop";

    async fn run(self, _: WorkerContext) -> impl IntoTaskHandlerResult {
        drive::ran(self.n);
        Ok::<(), String>(())
    }
}

struct Graphile {
    pool: PgPool,
    utils: WorkerUtils,
}

async fn worker(pool: PgPool) -> Result<Worker> {
    let options = WorkerOptions::default()
        .schema("graphile_worker")
        .pg_pool(pool)
        .define_job::<Noop>();
    let options = if std::env::var_os("IDLE").is_some() {
        options.concurrency(10)
    } else {
        options
            .concurrency(500)
            .poll_interval(Duration::from_millis(5))
            .complete_job_batch_delay(Duration::from_millis(5))
            .local_queue(LocalQueueConfig::default().with_size(5_000))
    };
    Ok(options.init().await?)
}

impl Peer for Graphile {
    type Working = (Arc<Worker>, JoinHandle<Result>);

    async fn setup(url: &str) -> Result {
        let pool = PgPool::connect(url).await?;
        WorkerUtils::new(pool.clone(), "graphile_worker")
            .migrate()
            .await?;
        // The first worker enters the task's name.
        drop(worker(pool).await?);
        Ok(())
    }

    async fn connect(url: &str) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .connect(url)
            .await?;
        let utils = WorkerUtils::new(pool.clone(), "graphile_worker");
        Ok(Self { pool, utils })
    }

    async fn enqueue(&self, n: i64) -> Result {
        self.utils.add_job(Noop { n }, JobSpec::default()).await?;
        Ok(())
    }

    async fn bulk(&self, jobs: Range<i64>, delay: Duration) -> Result {
        let run_at = (!delay.is_zero()).then(|| chrono::Utc::now() + delay);
        let spec = JobSpec {
            run_at,
            ..JobSpec::default()
        };
        let jobs: Vec<Noop> = jobs.map(|n| Noop { n }).collect();
        for chunk in jobs.chunks(10_000) {
            let chunk: Vec<_> = chunk.iter().map(|job| (job.clone(), &spec)).collect();
            self.utils.add_jobs(&chunk).await?;
        }
        Ok(())
    }

    async fn work(&self) -> Result<Self::Working> {
        let worker = Arc::new(worker(self.pool.clone()).await?);
        let running = Arc::clone(&worker);
        let task = tokio::spawn(async move {
            running
                .run()
                .await
                .map_err(|error| error.to_string().into())
        });
        Ok((worker, task))
    }

    async fn stop((worker, task): Self::Working) -> Result {
        worker.request_shutdown();
        task.await?
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [url, task] = words.as_slice() {
        drive::main::<Graphile>(url, task);
    }
}
