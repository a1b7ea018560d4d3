//! Which handle a call means: the one scoped to the task, else the installed one.

use std::{future::Future, sync::OnceLock};

use super::Jobs;
use crate::{
    error::{Error, Result},
    telemetry::Kept,
};

static INSTALLED: OnceLock<Jobs> = OnceLock::new();

tokio::task_local! {
    static SCOPED: Scope;
}

#[derive(Clone)]
struct Scope {
    jobs: Jobs,
    /// Inside a job that holds the only writer of this handle's database.
    exclusive: bool,
    /// Inside a job, waiting for other jobs would hold a worker slot.
    in_job: bool,
    /// Inside a job that keeps its logs.
    logs: Option<Kept>,
}

/// Runs `future` with `jobs` as the handle of every call in it.
///
/// ```
/// # async fn doc() -> jobs::Result<()> {
/// let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
/// jobs::with(&jobs, async {
///     // SendWelcomeEmail::perform_later(42).await?;
/// })
/// .await;
/// # Ok(()) }
/// ```
pub async fn with<F: Future>(jobs: &Jobs, future: F) -> F::Output {
    SCOPED
        .scope(
            Scope {
                jobs: jobs.clone(),
                exclusive: holds_the_writer(jobs),
                in_job: in_job(),
                logs: kept_logs(),
            },
            future,
        )
        .await
}

/// `tokio::spawn`, with the current handle handed on; a bare `tokio::spawn` loses it.
///
/// # Panics
/// Outside of a tokio runtime, as `tokio::spawn` does.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> jobs::Result<()> {
/// let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
/// jobs::with(&jobs, async {
///     jobs::spawn(async { /* perform_later uses the same handle here */ }).await
/// })
/// .await
/// .unwrap();
/// # Ok(()) }
/// ```
pub fn spawn<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match SCOPED.try_with(Scope::clone) {
        Ok(scope) => tokio::spawn(SCOPED.scope(scope, future)),
        Err(_) => {
            #[cfg(feature = "testing")]
            if let Some(Ok(jobs)) = crate::testing::on_this_thread() {
                let scope = Scope {
                    jobs,
                    exclusive: false,
                    in_job: false,
                    logs: None,
                };
                return tokio::spawn(SCOPED.scope(scope, future));
            }
            tokio::spawn(future)
        }
    }
}

pub(crate) fn current() -> Result<Jobs> {
    if let Ok(jobs) = SCOPED.try_with(|scope| scope.jobs.clone()) {
        return Ok(jobs);
    }
    #[cfg(feature = "testing")]
    if let Some(found) = crate::testing::on_this_thread() {
        return found;
    }
    INSTALLED.get().cloned().ok_or(Error::NotInstalled)
}

/// Runs a job's own future.
pub(crate) async fn in_job_scope<F: Future>(
    jobs: Jobs,
    logs: Option<Kept>,
    future: F,
) -> F::Output {
    let scope = Scope {
        jobs,
        exclusive: false,
        in_job: true,
        logs,
    };
    SCOPED.scope(scope, future).await
}

/// Runs a blocking job's function.
pub(crate) fn in_job_scope_sync<T>(jobs: Jobs, logs: Option<Kept>, call: impl FnOnce() -> T) -> T {
    let scope = Scope {
        jobs,
        exclusive: false,
        in_job: true,
        logs,
    };
    SCOPED.sync_scope(scope, call)
}

/// Runs what holds the only writer of the handle's database.
pub(crate) async fn exclusively<F: Future>(jobs: Jobs, future: F) -> F::Output {
    let scope = Scope {
        in_job: in_job(),
        jobs,
        exclusive: true,
        logs: kept_logs(),
    };
    SCOPED.scope(scope, future).await
}

/// Whether the caller is inside of what holds the only writer of the handle's database.
pub(crate) fn holds_the_writer(jobs: &Jobs) -> bool {
    SCOPED
        .try_with(|scope| scope.exclusive && scope.jobs.is(jobs))
        .unwrap_or(false)
}

pub(crate) fn in_job() -> bool {
    SCOPED.try_with(|scope| scope.in_job).unwrap_or(false)
}

/// Where the running job's logs go, if it keeps them.
pub(crate) fn kept_logs() -> Option<Kept> {
    SCOPED.try_with(|scope| scope.logs.clone()).ok().flatten()
}

pub(super) fn install(jobs: &Jobs) -> Result<()> {
    INSTALLED
        .set(jobs.clone())
        .map_err(|_| Error::AlreadyInstalled)
}
