//! WAL and `synchronous=FULL`, so as durable as the others; batches of 100.

use std::{ops::Range, str::FromStr, time::Duration};

use apalis::{layers::WorkerBuilderExt as _, prelude::*};
use apalis_sqlite::{Config, SqliteStorage};
use drive::{Peer, Result};
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{Noop, Working, noop};

pub struct Apalis(SqlitePool);

impl Apalis {
    fn storage(&self) -> SqliteStorage<Noop> {
        SqliteStorage::new(&self.0).with_config(Config::default().queue("noop").batch_size(100))
    }
}

async fn pool(url: &str) -> Result<SqlitePool> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(30));
    Ok(SqlitePoolOptions::new()
        .max_connections(4)
        .connect_with(options)
        .await?)
}

impl Peer for Apalis {
    type Working = Working;

    async fn setup(url: &str) -> Result {
        SqliteStorage::setup(&pool(url).await?).await?;
        Ok(())
    }

    async fn connect(url: &str) -> Result<Self> {
        Ok(Self(pool(url).await?))
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
        let worker = WorkerBuilder::new("compare")
            .backend(self.storage())
            .concurrency(100)
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
        match tokio::time::timeout(Duration::from_secs(5), task).await {
            Ok(ended) => ended?,
            Err(_) => Ok(()),
        }
    }
}
