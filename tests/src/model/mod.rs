//! The boundary to the database once more, as plain data: what every store must do, with nothing that makes it fast.
//!
//! Each verb is one change of a [`World`] under a lock. What real stores keep as counters is counted from the rows here.
//! A [`Process`] stands between a caller and the world: it gives the time, and may lose calls and answers.

mod claims;
mod flow;
mod group_view;
mod groups;
mod insert;
mod inspect;
mod keys;
mod lost;
mod read;
mod steps;
mod tasks;
mod verbs;
mod world;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use futures_core::future::BoxFuture;
use jobs::{
    Error, Result,
    storage::{ClaimRef, Finish, Now, Storage},
};

use tokio::sync::watch;

pub use world::{Ended, Job, Stage, Why, World};

use crate::Database;

/// What is between one caller and the world.
pub trait Process: Send + Sync + fmt::Debug {
    /// The time by which a verb judges that is told none.
    fn now(&self, verb: &'static str) -> DateTime<Utc>;

    /// A verb is called. An error loses the call: it does not happen.
    fn before(&self, _verb: &'static str) -> BoxFuture<'_, Result<()>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// These ends are about to be written.
    fn finishing(&self, _done: &[Finish]) {}

    /// It has happened, and this is what the world is now.
    fn happened(&self, _verb: &'static str, _answer: &dyn fmt::Debug, _world: &World) {}

    /// The answer is on its way. An error loses it: the caller does not know what happened.
    fn after(&self, _verb: &'static str) -> BoxFuture<'_, Result<()>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// One process's connection to a world.
#[derive(Debug, Clone)]
pub struct Model {
    world: Arc<Mutex<World>>,
    process: Arc<dyn Process>,
    closed: Arc<watch::Sender<bool>>,
    /// Claims whose answer has not come: the worker's next claim gives them back.
    unanswered: Arc<Mutex<Vec<ClaimRef>>>,
}

impl Model {
    /// A connection of a process.
    #[must_use]
    pub fn new(world: Arc<Mutex<World>>, process: Arc<dyn Process>) -> Self {
        let closed = Arc::new(watch::Sender::new(false));
        Self {
            world,
            process,
            closed,
            unanswered: Arc::default(),
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call<T: fmt::Debug + Send + 'static>(
        &self,
        verb: &'static str,
        now: Now,
        change: impl FnOnce(&mut World, DateTime<Utc>) -> Result<T> + Send + 'static,
    ) -> BoxFuture<'_, Result<T>> {
        Box::pin(async move {
            if *self.closed.borrow() {
                return Err(Error::Closed);
            }
            self.process.before(verb).await?;
            let answer = {
                let mut world = self.world();
                let now = now.unwrap_or_else(|| self.process.now(verb));
                let answer = change(&mut world, now);
                self.process.happened(verb, &answer, &world);
                answer
            };
            self.process.after(verb).await?;
            answer
        })
    }
}

/// What the model leaves out: it is no part of what jobs live through.
fn left_out<T>(what: &str) -> Result<T> {
    Err(Error::Damaged {
        what: format!("the model has no {what}"),
    })
}

/// A process that never fails, by the host's clock.
#[derive(Debug)]
struct Plain;

impl Process for Plain {
    fn now(&self, _: &'static str) -> DateTime<Utc> {
        Utc::now()
    }
}

struct Models(Arc<Mutex<World>>);

impl Database for Models {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Storage>> {
        let model = Model::new(Arc::clone(&self.0), Arc::new(Plain));
        Box::pin(std::future::ready(Arc::new(model) as Arc<dyn Storage>))
    }
}

/// An empty world for the conformance suite.
#[must_use]
pub fn database() -> BoxFuture<'static, Arc<dyn Database>> {
    Box::pin(async { Arc::new(Models(Arc::default())) as Arc<dyn Database> })
}
