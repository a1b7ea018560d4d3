//! The one task that writes: everything that waits goes into one `BEGIN IMMEDIATE` … `COMMIT` and one fsync.
//!
//! There is no timer: a lone caller waits for nobody, and while one commit is under way the next group gathers.
//! Operations own their data; a caller that stops waiting harms nobody.

mod group;

use std::{
    fmt,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_core::future::BoxFuture;
use futures_util::FutureExt as _;
use sqlx::{Sqlite, SqliteConnection, SqlitePool, pool::PoolConnection};
use tokio::sync::{mpsc, oneshot};

use self::group::Group;
use super::{
    clock::Clock,
    connect::execute,
    errors::{Patience, database, is_busy, is_busy_error, is_taken},
    place::Opened,
    statements::Statements,
};
use crate::{
    error::{Error, Result},
    storage::{Ack, Finish, Inserted, NewJob, Now},
};

/// What can be asked of the writer.
enum Op {
    Insert(Asked<NewJob, Inserted>),
    Finish(Asked<Finish, Ack>),
    Other(Box<dyn Work>),
    Close,
}

/// Items of a verb that is merged with others of its kind; one answer for each.
struct Asked<I, A> {
    items: Vec<I>,
    now: Now,
    reply: oneshot::Sender<Result<Vec<A>>>,
}

/// Any other step; it may be run more than once, of which one is committed.
trait Work: Send {
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, Result<()>>;
    fn answer(self: Box<Self>, outcome: Result<()>);
}

struct Step<F, T> {
    run: F,
    result: Option<T>,
    reply: oneshot::Sender<Result<T>>,
}

impl<F, T> Work for Step<F, T>
where
    F: for<'c> FnMut(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T>> + Send,
    T: Send,
{
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, Result<()>> {
        Box::pin(async move {
            self.result = Some((self.run)(connection).await?);
            Ok(())
        })
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        let Self { result, reply, .. } = *self;
        // A caller that has gone is no longer interested.
        let _ = reply.send(outcome.and_then(|()| result.ok_or(Error::Closed)));
    }
}

/// The callers' end.
pub(super) struct Writer {
    sender: mpsc::UnboundedSender<Op>,
    /// How many transactions were begun.
    writes: Arc<AtomicU64>,
    task: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}

impl Writer {
    /// Starts the task on the current runtime. `keeps` its connection, unless others need it in between.
    pub(super) fn start(
        pool: SqlitePool,
        keeps: bool,
        opened: Opened,
        statements: Arc<Statements>,
        clock: Arc<Clock>,
    ) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let writes = Arc::<AtomicU64>::default();
        let actor = Actor {
            pool,
            keeps,
            opened,
            connection: None,
            statements,
            clock,
            writes: writes.clone(),
        };
        Self {
            sender,
            writes,
            task: Mutex::new(Some(tokio::spawn(actor.run(receiver)))),
        }
    }

    /// Counts the transactions that are begun.
    pub(super) fn writes(&self) -> Arc<AtomicU64> {
        self.writes.clone()
    }

    pub(super) async fn insert(&self, items: Vec<NewJob>, now: Now) -> Result<Vec<Inserted>> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        self.ask(|reply| Op::Insert(Asked { items, now, reply }))
            .await
    }

    pub(super) async fn finish(&self, items: Vec<Finish>, now: Now) -> Result<Vec<Ack>> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        self.ask(|reply| Op::Finish(Asked { items, now, reply }))
            .await
    }

    /// Runs a step in the next transaction. It may be called again after a failure that was not its own.
    pub(super) async fn write<T, F>(&self, run: F) -> Result<T>
    where
        F: for<'c> FnMut(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T>> + Send + 'static,
        T: Send + 'static,
    {
        self.ask(|reply| {
            Op::Other(Box::new(Step {
                run,
                result: None,
                reply,
            }))
        })
        .await
    }

    async fn ask<T>(&self, op: impl FnOnce(oneshot::Sender<Result<T>>) -> Op) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.sender.send(op(reply)).map_err(|_| Error::Closed)?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// Writes what waits, then ends the task.
    pub(super) async fn close(&self) {
        let _ = self.sender.send(Op::Close);
        let task = self.task.lock().ok().and_then(|mut task| task.take());
        if let Some(task) = task {
            // Its runtime may have been shut down; then it has ended as well.
            let _ = task.await;
        }
    }
}

struct Actor {
    pool: SqlitePool,
    keeps: bool,
    opened: Opened,
    connection: Option<PoolConnection<Sqlite>>,
    statements: Arc<Statements>,
    clock: Arc<Clock>,
    writes: Arc<AtomicU64>,
}

impl Actor {
    async fn run(mut self, mut receiver: mpsc::UnboundedReceiver<Op>) {
        let mut open = true;
        while open && let Some(first) = receiver.recv().await {
            let mut group = Group::default();
            open = group.add(first);
            while open && !group.is_full() {
                match receiver.try_recv() {
                    Ok(op) => open = group.add(op),
                    Err(_) => break,
                }
            }
            if !group.is_empty() {
                self.flush(group).await;
            }
            if !self.keeps {
                self.connection = None;
            }
        }
    }

    /// Commits the group, or, if something in it fails, each operation by itself.
    async fn flush(&mut self, mut group: Group) {
        let mut patience = Patience::new();
        match self.commit(&mut group, &mut patience).await {
            Ok(()) => group.answer(Ok(())),
            Err(error) if group.len() == 1 => group.answer(Err(error)),
            Err(_) => {
                for mut one in group.split() {
                    let outcome = self.commit(&mut one, &mut patience).await;
                    one.answer(outcome);
                }
            }
        }
    }

    /// One transaction; a busy database is tried again for as long as there is patience.
    async fn commit(&mut self, group: &mut Group, patience: &mut Patience) -> Result<()> {
        loop {
            match self.try_commit(group).await {
                Err(error) if is_busy_error(&error) && patience.wait().await => {}
                other => return other,
            }
        }
    }

    async fn try_commit(&mut self, group: &mut Group) -> Result<()> {
        self.opened.check()?;
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.pool.acquire().await.map_err(database)?,
        };
        self.writes.fetch_add(1, Ordering::Relaxed);
        if let Some(call) = group.in_one_call(&self.statements, &self.clock) {
            match call?.execute(&mut *connection).await {
                Ok(_) => {
                    group.is_in();
                    self.connection = Some(connection);
                    return Ok(());
                }
                // The long way says which rows they are.
                Err(error) if is_taken(&error) => {
                    execute(&mut connection, "ROLLBACK").await?;
                }
                // Others have the lock: it did not begin.
                Err(error) if is_busy(&error) => {
                    let _ = execute(&mut connection, "ROLLBACK").await;
                    self.connection = Some(connection);
                    return Err(database(error));
                }
                Err(error) => {
                    // Whether it failed before, in or after its transaction: a fresh connection has none.
                    let _ = connection.close().await;
                    return Err(database(error));
                }
            }
        }
        let mut done = execute(&mut connection, "BEGIN IMMEDIATE").await;
        if done.is_ok() {
            // A panic must not end the task of all that is still to be written.
            let run = group.run(&mut connection, &self.statements, &self.clock);
            let ran = AssertUnwindSafe(run).catch_unwind().await;
            done = ran.unwrap_or_else(|panic| Err(Error::panicked(&*panic)));
            if done.is_ok() {
                done = execute(&mut connection, "COMMIT").await;
            }
            if done.is_err() && execute(&mut connection, "ROLLBACK").await.is_err() {
                // SQLite may have rolled back by itself. Either way a fresh connection is known to be sound.
                let _ = connection.close().await;
                return done;
            }
        }
        self.connection = Some(connection);
        done
    }
}
