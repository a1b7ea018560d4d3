//! What stands between one process and the database: calls that are slow, do not happen, or whose answer is lost; a
//! process that is gone, or stands still; and its clock.

use std::{
    fmt::{self, Debug},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures_core::future::BoxFuture;
use jobs::{Error, Result, sqlx, storage::Finish};
use jobs_tests::model::{Process, World};
use tokio::time::Instant;

use crate::scene::Scene;

pub struct Link {
    pub scene: Arc<Scene>,
    pub name: String,
    state: Mutex<State>,
    /// Nothing goes wrong on it.
    steady: bool,
}

#[derive(Default)]
struct State {
    gone: bool,
    still_until: Option<Instant>,
    skew: TimeDelta,
}

impl Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Link {
    pub fn new(scene: &Arc<Scene>, name: String) -> Arc<Self> {
        Arc::new(Self {
            scene: Arc::clone(scene),
            name,
            state: Mutex::default(),
            steady: false,
        })
    }

    pub fn steady(scene: &Arc<Scene>, name: &str) -> Arc<Self> {
        Arc::new(Self {
            scene: Arc::clone(scene),
            name: name.to_owned(),
            state: Mutex::default(),
            steady: true,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process is killed: nothing of it goes on.
    pub fn kill(&self) {
        self.state().gone = true;
        self.scene.note(&format!("{} is killed", self.name));
    }

    /// The process is stopped for a time.
    pub fn hold(&self, time: Duration) {
        self.state().still_until = Some(Instant::now() + time);
        self.scene
            .note(&format!("{} stands still for {time:?}", self.name));
    }

    pub fn release(&self) {
        self.state().still_until = None;
    }

    pub fn skew(&self, by: TimeDelta) {
        self.state().skew += by;
        self.scene
            .note(&format!("the clock of {} jumps by {by}", self.name));
    }

    /// What the process takes the time to be.
    pub fn clock(&self) -> DateTime<Utc> {
        self.scene.true_time() + self.state().skew
    }

    /// Waits while the process stands still, and for ever once it is gone.
    pub async fn alive(&self) {
        loop {
            let (gone, still) = {
                let state = self.state();
                (state.gone, state.still_until)
            };
            if gone {
                std::future::pending::<()>().await;
            }
            match still.filter(|until| *until > Instant::now()) {
                Some(until) => tokio::time::sleep_until(until).await,
                None => return,
            }
        }
    }

    fn goes_wrong(&self) -> bool {
        !self.steady && !self.scene.is_healed()
    }

    async fn travel(&self, verb: &'static str, what: &str) -> Result<()> {
        self.alive().await;
        if !self.steady {
            let wait = self.scene.seconds(0.02);
            tokio::time::sleep(wait).await;
        }
        if self.goes_wrong() {
            let weather = self.scene.weather;
            if self.scene.chance() * 1_000.0 < weather.slow {
                tokio::time::sleep(self.scene.seconds(40.0)).await;
            }
            if self.scene.chance() * 1_000.0 < weather.lost {
                self.scene
                    .note(&format!("{} {verb}: the {what} is lost", self.name));
                return Err(Error::Database(sqlx::Error::PoolTimedOut));
            }
        }
        self.alive().await;
        Ok(())
    }
}

impl Process for Link {
    fn now(&self, verb: &'static str) -> DateTime<Utc> {
        // Who lives is told by the database's clock, or by the system, but never by a process's own clock.
        let liveness = matches!(
            verb,
            "register" | "renew" | "deregister" | "lost" | "list_tasks"
        );
        if self.scene.weather.own_clocks && !liveness {
            self.clock()
        } else {
            self.scene.database_time()
        }
    }

    fn before(&self, verb: &'static str) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.travel(verb, "call"))
    }

    fn finishing(&self, done: &[Finish]) {
        self.scene.sending(done);
    }

    fn happened(&self, verb: &'static str, answer: &dyn Debug, world: &World) {
        self.scene
            .happened(&self.name, verb, &format!("{answer:?}"), world);
    }

    fn after(&self, verb: &'static str) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.travel(verb, "answer"))
    }
}
