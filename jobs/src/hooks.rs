//! Hooks around a job: what they see, and how they nest (handle, base, job, from the outside in).

use std::{borrow::Cow, time::Duration};

use chrono::{DateTime, Utc};
use futures_core::future::BoxFuture;

use crate::failure::JobError;

/// What a `before_enqueue` hook breaks with: the job is not enqueued.
///
/// ```
/// use std::ops::ControlFlow;
/// use jobs::{EnqueueInfo, Halt};
///
/// async fn only_weekdays(_job: &mut EnqueueInfo) -> ControlFlow<Halt> {
///     ControlFlow::Break(Halt::because("closed on Sundays"))
/// }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Halt {
    pub(crate) reason: Option<Cow<'static, str>>,
}

impl Halt {
    /// With a reason, shown in the error.
    pub fn because(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            reason: Some(reason.into()),
        }
    }
}

/// The rest of an execution, inside an `around_perform` hook.
///
/// ```
/// use jobs::{JobContext, Next, Outcome};
///
/// async fn timed(ctx: &JobContext, next: Next<'_>) -> Outcome {
///     let outcome = next.run().await;
///     println!("{} took {:?}", ctx.job_name(), outcome.took());
///     outcome
/// }
/// # let _ = timed;
/// ```
pub struct Next<'a> {
    pub(crate) inner: BoxFuture<'a, Outcome>,
}

impl std::fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Next")
    }
}

impl Next<'_> {
    /// Runs the inner hooks and the job.
    pub async fn run(self) -> Outcome {
        self.inner.await
    }
}

/// How an execution ended, and what the rules made of it.
///
/// ```
/// use jobs::{Disposition, JobContext, Outcome};
///
/// async fn watch(ctx: &JobContext, outcome: &Outcome) {
///     if outcome.is_ok() {
///         println!("{} ended well", ctx.job_name());
///     }
///     if let Disposition::RetryAt(time) = outcome.disposition() {
///         println!("{} runs again at {time}: {:?}", ctx.job_name(), outcome.error().map(|error| error.message()));
///     }
/// }
/// # let _ = watch;
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub(crate) error: Option<JobError>,
    pub(crate) disposition: Disposition,
    pub(crate) took: Duration,
}

impl Outcome {
    /// Whether the function returned without an error.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.error.is_none()
    }

    /// The failure.
    #[must_use]
    pub fn error(&self) -> Option<&JobError> {
        self.error.as_ref()
    }

    /// What becomes of the job.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        self.disposition
    }

    /// How long the function ran.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.took
    }
}

/// What becomes of a job after an execution.
///
/// ```
/// # fn show(outcome: &jobs::Outcome) {
/// if outcome.disposition() == jobs::Disposition::Dead {
///     println!("that was the last attempt");
/// }
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disposition {
    /// It succeeded.
    Done,
    /// It runs again at about this time.
    RetryAt(DateTime<Utc>),
    /// It waits inside a flow, and goes on when that is over.
    Parked,
    /// It becomes a dead letter.
    Dead,
    /// It is discarded.
    Discarded,
}
