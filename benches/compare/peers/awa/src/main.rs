//! awa, with four partitions of 1,024 workers each: its own advice for very hot workloads, and better here than its
//! defaults.

use std::{
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use awa::{
    Client, InsertOpts, JobArgs, JobResult, PartitionedQueue, QueueConfig, QueueStorage,
    QueueStorageConfig,
};
use drive::{Peer, Result};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, postgres::PgPoolOptions};

#[derive(Debug, Serialize, Deserialize, JobArgs)]
struct Noop {
    n: i64,
}

struct Awa {
    pool: PgPool,
    storage: QueueStorage,
    queues: PartitionedQueue,
    turn: AtomicUsize,
}

const PARTITIONS: usize = 4;

impl Awa {
    fn client(&self) -> Result<Client> {
        let config = QueueConfig {
            max_workers: 1_024,
            ..QueueConfig::default()
        };
        let client = Client::builder(self.pool.clone())
            .partitioned_queue(&self.queues, config)
            .register::<Noop, _, _>(|job: Noop, _| async move {
                drive::ran(job.n);
                Ok(JobResult::Completed)
            })
            .build()?;
        Ok(client)
    }

    fn options(&self) -> InsertOpts {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % PARTITIONS;
        self.queues.route_opts_by_index(InsertOpts::default(), turn)
    }
}

impl Peer for Awa {
    type Working = Client;

    async fn setup(url: &str) -> Result {
        let awa = Self::connect(url).await?;
        let pool = awa.pool.clone();
        // Its future is not `Send` for every lifetime.
        let migrating =
            move || tokio::runtime::Handle::current().block_on(awa::migrations::run(&pool));
        tokio::task::spawn_blocking(migrating).await??;
        // The first client makes the storage of the queues.
        let client = awa.client()?;
        client.start().await?;
        client.shutdown(Duration::from_secs(5)).await;
        Ok(())
    }

    async fn connect(url: &str) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(20)
            .connect(url)
            .await?;
        Ok(Self {
            pool,
            storage: QueueStorage::new(QueueStorageConfig::default())?,
            queues: PartitionedQueue::new("noop", PARTITIONS)?,
            turn: AtomicUsize::new(0),
        })
    }

    async fn enqueue(&self, n: i64) -> Result {
        awa::insert_with(&self.pool, &Noop { n }, self.options()).await?;
        Ok(())
    }

    async fn bulk(&self, jobs: Range<i64>, delay: Duration) -> Result {
        let run_at = (!delay.is_zero()).then(|| chrono::Utc::now() + delay);
        for first in jobs.clone().step_by(1_000) {
            // A partition for each chunk: one statement for all of them is slower.
            let options = InsertOpts {
                run_at,
                ..self.options()
            };
            let rows = (first..jobs.end.min(first + 1_000))
                .map(|n| awa::model::insert::params_with(&Noop { n }, options.clone()))
                .collect::<std::result::Result<Vec<_>, _>>()?;
            self.storage.enqueue_params_copy(&self.pool, &rows).await?;
        }
        Ok(())
    }

    async fn work(&self) -> Result<Client> {
        let client = self.client()?;
        client.start().await?;
        Ok(client)
    }

    async fn stop(client: Client) -> Result {
        client.shutdown(Duration::from_secs(5)).await;
        Ok(())
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [url, task] = words.as_slice() {
        drive::main::<Awa>(url, task);
    }
}
