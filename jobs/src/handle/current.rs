//! Which handle a call means: the one scoped to the task, else the installed one.

use std::{future::Future, sync::OnceLock};

use super::Jobs;
use crate::error::{Error, Result};

static INSTALLED: OnceLock<Jobs> = OnceLock::new();

tokio::task_local! {
    static SCOPED: Scope;
}

#[derive(Clone)]
struct Scope {
    jobs: Jobs,
    /// Inside a job, waiting for other jobs would hold a worker slot.
    in_job: bool,
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
                in_job: in_job(),
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
        Err(_) => tokio::spawn(future),
    }
}

pub(crate) fn current() -> Result<Jobs> {
    SCOPED
        .try_with(|scope| scope.jobs.clone())
        .ok()
        .or_else(|| INSTALLED.get().cloned())
        .ok_or(Error::NotInstalled)
}

/// Runs a job's own future.
pub(crate) async fn in_job_scope<F: Future>(jobs: Jobs, future: F) -> F::Output {
    SCOPED.scope(Scope { jobs, in_job: true }, future).await
}

/// Runs a blocking job's function.
pub(crate) fn in_job_scope_sync<T>(jobs: Jobs, call: impl FnOnce() -> T) -> T {
    SCOPED.sync_scope(Scope { jobs, in_job: true }, call)
}

pub(crate) fn in_job() -> bool {
    SCOPED.try_with(|scope| scope.in_job).unwrap_or(false)
}

pub(super) fn install(jobs: &Jobs) -> Result<()> {
    INSTALLED
        .set(jobs.clone())
        .map_err(|_| Error::AlreadyInstalled)
}
