//! Noticing what other processes commit.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::sync::watch;

use super::{
    place::{Opened, Place},
    wal_events::WalEvents,
};
use crate::storage::Wake;

/// Asking reads one number from shared memory. So often everything is looked at, if anything was changed.
const INTERVAL: Duration = Duration::from_millis(250);
/// How long after a write the next one is told of,
const BREATH: Duration = Duration::from_millis(4);
/// and how long if this process writes itself: then it looks for work anyway, and most of what is told is its own doing.
const LONG_BREATH: Duration = Duration::from_millis(10);
// Fifty idle processes beside one busy one would look at each of its commits: who finds nothing is told half as often
// each time, down to what asking costs anyway.

/// Wakes whenever the file was changed, for ready jobs at once; a database in memory is not changed from elsewhere.
/// `writes` counts what this process writes, `fruitless` says that its last look for jobs found none.
pub(super) fn wakeups(
    opened: &Opened,
    place: &Place,
    options: &SqliteConnectOptions,
    writes: Arc<AtomicU64>,
    fruitless: Arc<AtomicBool>,
    closed: watch::Receiver<bool>,
) -> BoxStream<'static, Wake> {
    let ended = async move {
        let mut closed = closed;
        // An error says that the storage was dropped, which is an end as well.
        let _ = closed.wait_for(|closed| *closed).await;
    };
    match place {
        Place::Memory => stream::pending().take_until(ended).boxed(),
        Place::File(path) => {
            let watcher = Watcher {
                opened: opened.clone(),
                gone: false,
                options: options.clone(),
                connection: None,
                events: WalEvents::new(path),
                told: Instant::now(),
                seen: None,
                looked: Looked {
                    at: Instant::now(),
                    seen: None,
                },
                writes,
                fruitless,
                breath: BREATH,
            };
            stream::unfold(watcher, |mut watcher| async move {
                let wake = watcher.changed().await;
                Some((wake, watcher))
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
    events: Option<WalEvents>,
    /// When a write was last told of.
    told: Instant,
    seen: Option<i64>,
    looked: Looked,
    writes: Arc<AtomicU64>,
    fruitless: Arc<AtomicBool>,
    breath: Duration,
}

/// When everything was looked at, and which version that was.
struct Looked {
    at: Instant,
    seen: Option<i64>,
}

impl Watcher {
    async fn changed(&mut self) -> Wake {
        loop {
            // Before asking: what is written in between is told.
            if let Some(events) = &mut self.events {
                events.listen();
            }
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
                    if let Some(wake) = self.compare(now) {
                        return wake;
                    }
                }
                Err(error) => {
                    tracing::debug!(target: "jobs", %error, "could not ask for changes of the database");
                    // A new connection counts anew, so what it shows first may be a change.
                    let had = self.connection.take().is_some();
                    (self.seen, self.looked.seen) = (None, None);
                    if had {
                        tokio::time::sleep(INTERVAL).await;
                        return Wake::All;
                    }
                }
            }
            self.rest().await;
        }
    }

    fn compare(&mut self, now: i64) -> Option<Wake> {
        let before = self.seen.replace(now);
        // The first version that is seen is what later ones are compared with, by both.
        let looked = *self.looked.seen.get_or_insert(now);
        if self.looked.at.elapsed() >= INTERVAL || self.events.is_none() {
            self.looked.seen = Some(now);
            self.looked.at = Instant::now();
            return (looked != now).then_some(Wake::All);
        }
        before
            .filter(|before| *before != now)
            .map(|_| Wake::Ready(Vec::new()))
    }

    /// Until somebody writes, or it is time to ask.
    async fn rest(&mut self) {
        let Some(events) = &mut self.events else {
            return tokio::time::sleep(INTERVAL).await;
        };
        let left = INTERVAL.saturating_sub(self.looked.at.elapsed());
        let before = self.writes.load(Ordering::Relaxed);
        tokio::select! {
            () = events.written() => {
                let own = self.writes.load(Ordering::Relaxed) != before;
                let since = std::mem::replace(&mut self.told, Instant::now()).elapsed();
                let least = if own { LONG_BREATH } else { BREATH };
                self.breath = match self.fruitless.load(Ordering::Relaxed) {
                    true if since < INTERVAL => (self.breath * 2).clamp(least, INTERVAL),
                    _ => least,
                };
                let wait = if own { self.breath } else { self.breath.saturating_sub(since) };
                tokio::time::sleep(wait.min(left)).await;
            }
            () = tokio::time::sleep(left) => {}
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
