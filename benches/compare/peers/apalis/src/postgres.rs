//! `with_pubsub`, so that an idle worker is woken; batches of 1,000 and as many at once, the best of what was tried.

use std::{ops::Range, time::Duration};

use apalis::{layers::WorkerBuilderExt as _, prelude::*};
use apalis_postgres::{Config, PostgresStorage};
use drive::{Peer, Result};
use sqlx::{PgPool, postgres::PgPoolOptions};

use crate::{Noop, Working, noop};

pub struct Apalis(PgPool);

fn config() -> Config {
    Config::default().queue("noop").batch_size(1_000)
}

impl Apalis {
    fn storage(&self) -> PostgresStorage<Noop> {
        PostgresStorage::new(&self.0).with_config(config())
    }
}

impl Peer for Apalis {
    type Working = Working;

    async fn setup(url: &str) -> Result {
        PostgresStorage::setup(&PgPool::connect(url).await?).await?;
        Ok(())
    }

    async fn connect(url: &str) -> Result<Self> {
        Ok(Self(
            PgPoolOptions::new()
                .max_connections(16)
                .connect(url)
                .await?,
        ))
    }

    async fn enqueue(&self, n: i64) -> Result {
        self.storage()
            .push(Noop { n })
            .await
            .map_err(|error| error.to_string())?;
        Ok(())
    }

    async fn bulk(&self, jobs: Range<i64>, delay: Duration) -> Result {
        let mut storage = self.storage();
        for first in jobs.clone().step_by(1_000) {
            let tasks = (first..jobs.end.min(first + 1_000))
                .map(|n| TaskBuilder::new(Noop { n }).run_after(delay).build());
            storage
                .push_all(&mut futures::stream::iter(tasks))
                .await
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    async fn work(&self) -> Result<Working> {
        let backend = self.storage().with_pubsub();
        let worker = WorkerBuilder::new("compare")
            .backend(backend)
            .concurrency(1_000)
            .build(noop);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let until = async {
                let _ = stopped.await;
                Ok::<(), std::io::Error>(())
            };
            worker
                .run_until(until)
                .await
                .map_err(|error| error.to_string().into())
        });
        Ok((stop, task))
    }

    async fn stop((stop, task): Working) -> Result {
        let _ = stop.send(());
        // It waits for its poller, which may be long.
        match tokio::time::timeout(Duration::from_secs(5), task).await {
            Ok(ended) => ended?,
            Err(_) => Ok(()),
        }
    }
}
