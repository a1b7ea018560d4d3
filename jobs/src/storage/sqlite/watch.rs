//! Noticing what other processes commit.

use std::time::Duration;

use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::sync::watch;

use super::place::{Opened, Place};
use crate::storage::Wake;

/// Asking reads one number from shared memory.
const INTERVAL: Duration = Duration::from_millis(250);

/// Wakes whenever the file was changed; a database in memory is not changed from elsewhere.
pub(super) fn wakeups(
    opened: &Opened,
    place: &Place,
    options: &SqliteConnectOptions,
    closed: watch::Receiver<bool>,
) -> BoxStream<'static, Wake> {
    let ended = async move {
        let mut closed = closed;
        // An error says that the storage was dropped, which is an end as well.
        let _ = closed.wait_for(|closed| *closed).await;
    };
    match place {
        Place::Memory => stream::pending().take_until(ended).boxed(),
        Place::File(_) => {
            let watcher = Watcher {
                opened: opened.clone(),
                gone: false,
                options: options.clone(),
                connection: None,
                seen: None,
            };
            stream::unfold(watcher, |mut watcher| async move {
                watcher.changed().await;
                Some((Wake::All, watcher))
            })
            .take_until(ended)
            .boxed()
        }
    }
}

struct Watcher {
    opened: Opened,
    /// That the file has gone was said.
    gone: bool,
    options: SqliteConnectOptions,
    /// Its own: the number counts what others commit than the connection that asks.
    connection: Option<SqliteConnection>,
    seen: Option<i64>,
}

impl Watcher {
    async fn changed(&mut self) {
        loop {
            if let Err(error) = self.opened.check() {
                if !std::mem::replace(&mut self.gone, true) {
                    tracing::error!(target: "jobs", %error);
                }
                tokio::time::sleep(INTERVAL).await;
                continue;
            }
            self.gone = false;
            match self.version().await {
                Ok(now) => {
                    let before = self.seen.replace(now);
                    if before.is_some_and(|before| before != now) {
                        return;
                    }
                }
                Err(error) => {
                    tracing::debug!(target: "jobs", %error, "could not ask for changes of the database");
                    // A new connection counts anew, so what it shows first may be a change.
                    let had = self.connection.take().is_some();
                    self.seen = None;
                    if had {
                        tokio::time::sleep(INTERVAL).await;
                        return;
                    }
                }
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    async fn version(&mut self) -> sqlx::Result<i64> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            empty => empty.insert(SqliteConnection::connect_with(&self.options).await?),
        };
        sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(connection)
            .await
    }
}
