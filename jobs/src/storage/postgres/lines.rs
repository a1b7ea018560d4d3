//! The storage's own connections: a few, opened when they are needed, each lent to one verb at a time.
//!
//! sqlx's pool asks each connection that comes back for a sign of life, and waits for that without a limit: one behind
//! which the network has gone silent keeps its place until TCP gives up, which takes a quarter of an hour. Here only a
//! connection that was used to the end of its verb comes back, and any other is closed by its drop.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

use crate::error::{Error, Result};

/// How long a verb waits for a connection, its opening included.
const PATIENCE: Duration = Duration::from_secs(10);
/// An idle one is closed after this, and any after that.
const LONGEST_IDLE: Duration = Duration::from_secs(300);
const LONGEST_LIFE: Duration = Duration::from_secs(1_800);
/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);
/// How long verbs that are under way are waited for at the end: a little longer than any may take.
const LAST_CALLS: Duration = Duration::from_secs(35);

/// All of them.
#[derive(Debug)]
pub(super) struct Lines {
    options: PgConnectOptions,
    count: u32,
    places: Arc<Semaphore>,
    home: Arc<Home>,
}

#[derive(Debug, Default)]
struct Home {
    idle: Mutex<Vec<Idle>>,
    closed: AtomicBool,
}

#[derive(Debug)]
struct Idle {
    connection: PgConnection,
    opened: Instant,
    since: Instant,
}

/// One that is lent; it closes when this is dropped, unless it was given back.
#[derive(Debug)]
pub(super) struct Line {
    connection: PgConnection,
    opened: Instant,
    home: Arc<Home>,
    _place: OwnedSemaphorePermit,
}

impl Home {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one that was used last, so that those that are not needed grow old.
    fn pop(&self) -> Option<Idle> {
        let mut idle = self.lock();
        idle.retain(|idle| {
            idle.since.elapsed() < LONGEST_IDLE && idle.opened.elapsed() < LONGEST_LIFE
        });
        idle.pop()
    }
}

impl Lines {
    pub(super) fn new(count: u32, options: PgConnectOptions) -> Self {
        Self {
            options,
            count,
            places: Arc::new(Semaphore::new(count as usize)),
            home: Arc::default(),
        }
    }

    /// Lends one.
    pub(super) async fn lend(&self) -> Result<Line> {
        timeout(PATIENCE, self.lend_patiently())
            .await
            .unwrap_or(Err(Error::Database(sqlx::Error::PoolTimedOut)))
    }

    async fn lend_patiently(&self) -> Result<Line> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| Error::Closed)?;
        if self.home.closed.load(Ordering::Relaxed) {
            return Err(Error::Closed);
        }
        let (connection, opened) = match self.home.pop() {
            Some(idle) => (idle.connection, idle.opened),
            None => (self.open().await?, Instant::now()),
        };
        Ok(Line {
            connection,
            opened,
            home: Arc::clone(&self.home),
            _place: place,
        })
    }

    /// A server that is starting, or full, is asked again.
    async fn open(&self) -> Result<PgConnection> {
        let mut pause = Duration::from_millis(20);
        loop {
            match PgConnection::connect_with(&self.options).await {
                Err(error) if passes(&error) && !self.home.closed.load(Ordering::Relaxed) => {
                    sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(1));
                }
                other => return Ok(other?),
            }
        }
    }

    /// Closes those that wait: one that failed tells nothing good of the others.
    pub(super) fn distrust(&self) {
        let idle = std::mem::take(&mut *self.home.lock());
        drop(idle);
    }

    /// Lends no more, waits for those that are lent, and closes all.
    pub(super) async fn close(&self) {
        self.home.closed.store(true, Ordering::Relaxed);
        let back = timeout(LAST_CALLS, self.places.acquire_many(self.count)).await;
        self.places.close();
        drop(back);
        let idle = std::mem::take(&mut *self.home.lock());
        for idle in idle {
            let _ = timeout(GOODBYE, idle.connection.close()).await;
        }
    }
}

impl Line {
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Its verb has ended, and nothing of it is left on the connection.
    pub(super) fn give_back(self) {
        // First this, then its place: whoever comes next finds it.
        self.home.lock().push(Idle {
            connection: self.connection,
            opened: self.opened,
            since: Instant::now(),
        });
    }
}

fn passes(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => matches!(error.code().as_deref(), Some("57P03" | "53300")),
        _ => false,
    }
}
