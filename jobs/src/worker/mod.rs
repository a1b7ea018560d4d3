//! [`Worker`]: claims jobs and runs them. This file is composition; each part has a file of its own.

mod ack;
mod closing;
#[cfg(feature = "testing")]
pub(crate) mod drive;
pub(crate) mod execute;
mod handle;
pub(crate) mod instance;
pub(crate) mod lifecycle;
mod look;
mod perform;
mod pool;
mod pools;
mod prefetch;
pub(crate) mod running;
mod signals;
#[cfg(all(feature = "systemd", unix))]
mod systemd;
mod take;

use std::{future::Future, sync::Arc, time::Duration};

pub use handle::WorkerHandle;
pub(crate) use handle::{Phase, advance, quiet, resume};
pub(crate) use lifecycle::stopping;
pub(crate) use pool::put_back;

use crate::{
    error::{Error, Result},
    handle::Jobs,
    queue::Queue,
    states::Added,
};

/// A worker, to be configured and then run or started.
///
/// | setting | default |
/// |---|---|
/// | `queues` | all that code declares or jobs name, weighted |
/// | `concurrency` | 10 |
/// | `shutdown_timeout` | 25 s |
/// | `lease` (Postgres) | 30 s |
/// | `max_crashes` | 3 |
///
/// ```no_run
/// # async fn doc(jobs: jobs::Jobs) -> jobs::Result<()> {
/// jobs.worker().concurrency(20).run().await?; // until SIGTERM or Ctrl-C, then drains
/// # Ok(()) }
/// ```
///
/// With all there is to say:
///
/// ```no_run
/// # mod app {
/// jobs::queues! { critical(weight = 4), high, low }
/// # trait Mail: Send + Sync {}
/// # struct Smtp;
/// # impl Mail for Smtp {}
/// # use std::{sync::Arc, time::Duration};
/// # async fn doc(jobs: jobs::Jobs) -> jobs::Result<()> {
/// jobs.worker()
///     .queues([queues::critical, queues::high])
///     .weighted() // else all of `critical` before any of `high`
///     .concurrency(10)
///     .pool("mailers", [queues::low], 2)
///     .state(String::from("for `#[state] greeting: &String`"))
///     .state_dyn::<dyn Mail>(Arc::new(Smtp))
///     .shutdown_timeout(Duration::from_secs(25))
///     .lease(Duration::from_secs(30))
///     .max_crashes(3)
///     .run()
///     .await
/// # } }
/// # fn main() {}
/// ```
#[must_use = "a worker does nothing until it is run or started"]
#[derive(Debug)]
pub struct Worker {
    jobs: Jobs,
    queues: Option<Vec<Queue>>,
    weighted: bool,
    concurrency: usize,
    pools: Vec<PoolSpec>,
    states: Added,
    shutdown_timeout: Duration,
    lease: Duration,
    max_crashes: u32,
}

/// One pool as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PoolSpec {
    pub(crate) name: String,
    pub(crate) queues: Vec<Queue>,
    pub(crate) weighted: bool,
    pub(crate) concurrency: usize,
}

impl Worker {
    pub(crate) fn new(jobs: Jobs) -> Self {
        Self {
            jobs,
            queues: None,
            weighted: false,
            concurrency: 10,
            pools: Vec::new(),
            states: Added::default(),
            shutdown_timeout: Duration::from_secs(25),
            lease: Duration::from_secs(30),
            max_crashes: 3,
        }
    }

    /// Only these queues, in strict order: one is taken from only while those before it have nothing ready.
    pub fn queues(mut self, queues: impl IntoIterator<Item = Queue>) -> Self {
        self.queues = Some(queues.into_iter().collect());
        self
    }

    /// Takes turns among the queues by their weights instead.
    pub fn weighted(mut self) -> Self {
        self.weighted = true;
        self
    }

    /// How many jobs run at once in the main pool.
    pub fn concurrency(mut self, jobs: usize) -> Self {
        self.concurrency = jobs;
        self
    }

    /// A further pool with its own queues, in strict order, and its own concurrency. Unless `queues` says otherwise,
    /// the main pool leaves these queues to it.
    pub fn pool(
        mut self,
        name: &str,
        queues: impl IntoIterator<Item = Queue>,
        concurrency: usize,
    ) -> Self {
        let queues = queues.into_iter().collect();
        self.pools.push(PoolSpec {
            name: name.to_owned(),
            queues,
            weighted: false,
            concurrency,
        });
        self
    }

    /// A value for jobs that take `#[state] _: &T`, in addition to the handle's.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.states.put(Arc::new(value));
        self
    }

    /// A value for jobs that take `#[state] _: &dyn Trait`.
    pub fn state_dyn<T: ?Sized + Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.states.put(value);
        self
    }

    /// How long running jobs may go on after a stop was asked for; then they are dropped and put back.
    pub fn shutdown_timeout(mut self, time: Duration) -> Self {
        self.shutdown_timeout = time;
        self
    }

    /// How long this process may be silent before its jobs are handed over. On SQLite an operating system's file
    /// lock tells instead, and this has no effect.
    pub fn lease(mut self, time: Duration) -> Self {
        self.lease = time;
        self
    }

    /// A job that has outlived so many workers becomes a dead letter.
    pub fn max_crashes(mut self, crashes: u32) -> Self {
        self.max_crashes = crashes;
        self
    }

    /// Runs until SIGTERM or SIGINT (Ctrl-C), then lets running jobs finish. A second signal puts them back within a
    /// second and exits with 128 + its number. SIGTSTP stops claiming, SIGCONT resumes. With settings from a file,
    /// SIGHUP reads it again; a file with errors is refused, and the old settings stay. With feature `systemd` the
    /// service manager is told when the worker is ready, stops, and is alive (`Type=notify`, `WatchdogSec=`).
    ///
    /// # Errors
    /// As [`start`](Self::start); [`Error::StillRunning`] if a `blocking` job did not return in time;
    /// [`Error::PoolFailed`] if a part of the worker failed.
    pub async fn run(self) -> Result<()> {
        // Before anything is claimed: a signal that comes during the start stops the worker in good order too.
        let mut signals = signals::Signals::listen(&self.jobs)?;
        #[cfg(all(feature = "systemd", unix))]
        let jobs = self.jobs.clone();
        let worker = self.start().await?;
        #[cfg(all(feature = "systemd", unix))]
        let _fed = {
            systemd::ready();
            systemd::watchdog(&jobs)
        };
        signals::until_stopped(&worker, &mut signals).await;
        #[cfg(all(feature = "systemd", unix))]
        systemd::stopping();
        signals::stop_or_exit(worker, signals).await
    }

    /// Runs until `stop` resolves, then drains in the same way. Installs no signal handlers.
    ///
    /// ```no_run
    /// # async fn doc(jobs: jobs::Jobs, told: tokio::sync::oneshot::Receiver<()>) -> jobs::Result<()> {
    /// jobs.worker().run_until(async { drop(told.await) }).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`start`](Self::start); [`Error::StillRunning`] if a `blocking` job did not return in time;
    /// [`Error::PoolFailed`] if a part of the worker failed.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<()> {
        let worker = self.start().await?;
        tokio::select! {
            () = stop => {}
            () = worker.stops() => {}
        }
        worker.stop().await
    }

    /// Starts it in the background of the current tokio runtime.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> jobs::Result<()> {
    /// # let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
    /// let worker = jobs.worker().start().await?;
    /// // … the rest of the program …
    /// worker.stop().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::MissingState`] if a job takes a `#[state]` that neither the handle nor the worker was given;
    /// [`Error::InvalidSetting`]; the database fails.
    pub async fn start(self) -> Result<WorkerHandle> {
        self.check()?;
        lifecycle::start(self).await
    }

    fn check(&self) -> Result<()> {
        let zero = |setting, value: String| {
            Err(Error::InvalidSetting {
                setting,
                value,
                reason: "it must be at least 1",
            })
        };
        if self.concurrency == 0 || self.pools.iter().any(|pool| pool.concurrency == 0) {
            return zero("concurrency", "0".into());
        }
        let idle = self.pools.is_empty() && self.queues.as_ref().is_some_and(Vec::is_empty);
        if idle || self.pools.iter().any(|pool| pool.queues.is_empty()) {
            return Err(Error::InvalidSetting {
                setting: "queues",
                value: "[]".into(),
                reason: "a pool without a queue would run nothing: name one",
            });
        }
        if self.max_crashes == 0 {
            return zero("max_crashes", "0".into());
        }
        if self.lease < Duration::from_secs(1) {
            let value = format!("{:?}", self.lease);
            return Err(Error::InvalidSetting {
                setting: "lease",
                value,
                reason: "it must be at least a second",
            });
        }
        Ok(())
    }

    /// The pools, the main one first.
    pub(crate) fn pool_specs(&self) -> Vec<PoolSpec> {
        let elsewhere = |queue: &Queue| self.pools.iter().any(|pool| pool.queues.contains(queue));
        let all = || {
            self.jobs
                .inner()
                .registry
                .queues()
                .iter()
                .copied()
                .filter(|queue| !elsewhere(queue))
                .collect()
        };
        let main = PoolSpec {
            name: "main".into(),
            weighted: self.weighted || self.queues.is_none(),
            queues: self.queues.clone().unwrap_or_else(all),
            concurrency: self.concurrency,
        };
        std::iter::once(main)
            .chain(self.pools.iter().cloned())
            .collect()
    }
}
