//! `perform_now`: the job here and now, hooks and state included, without a row.

use std::{
    future::IntoFuture,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use futures_core::future::BoxFuture;

use crate::{
    context::{EndNow, Facts, Invocation, JobContext, Stop},
    definition::{ErrorView, JobDef},
    error::{BoxError, Error},
    execution::{Called, Core, Nest, end_in, end_of, kept},
    failure::{FlowError, JobError, Panicked, TimedOut, Unready},
    flow::Journal,
    handle::{Jobs, current, with},
    hooks::{Disposition, Outcome},
    job::Job,
    payload::{ArgsReader, ArgsWriter},
    record::JobId,
    registry,
};

/// Why `perform_now` gave no output.
///
/// ```
/// use jobs::job;
/// # jobs::queues! { default }
///
/// #[job]
/// async fn check(age: i64) -> Result<(), String> {
///     if age < 0 { Err("not born yet".to_owned()) } else { Ok(()) }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> jobs::Result<()> {
/// let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
/// let failed = Check::perform_now(-1).on(&jobs).await.unwrap_err();
/// assert_eq!(failed.job_error().map(String::as_str), Some("not born yet"));
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NowError<E> {
    /// The job's own error.
    #[error("the job failed")]
    Job(E),
    /// The job could not be called.
    #[error(transparent)]
    Setup(#[from] Error),
    /// The job panicked.
    #[error(transparent)]
    Panicked(Panicked),
    /// The job took longer than its `timeout`.
    #[error(transparent)]
    TimedOut(TimedOut),
    /// A `before_perform` hook refused it.
    #[error("a `before_perform` hook failed: {0}")]
    Refused(BoxError),
    /// A checkpoint ended the run.
    #[error(transparent)]
    Flow(FlowError),
    /// The job chose its end: [`RetryIn`](crate::RetryIn), [`Discard`](struct@crate::Discard) or [`Dead`](struct@crate::Dead).
    #[error("the job ended itself: {0:?}")]
    Ended(EndNow),
}

impl<E> NowError<E> {
    /// The job's own error, if it is one.
    pub fn job_error(&self) -> Option<&E> {
        match self {
            Self::Job(error) => Some(error),
            _ => None,
        }
    }
}

/// A job about to run in place; `.await` runs it.
///
/// ```
/// use jobs::job;
/// # jobs::queues! { default }
///
/// #[job]
/// async fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> jobs::Result<()> {
/// let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
/// assert_eq!(Add::perform_now(1, 2).on(&jobs).await.unwrap(), 3);
/// # Ok(()) }
/// ```
#[must_use = "a job runs only when this is awaited"]
#[derive(Debug)]
pub struct PerformNow<J> {
    job: J,
    on: Option<Jobs>,
}

impl<J: Job> PerformNow<J> {
    #[doc(hidden)]
    pub fn __new(job: J) -> Self {
        Self { job, on: None }
    }

    /// Uses this handle's state and hooks instead of the current one's.
    pub fn on(mut self, jobs: &Jobs) -> Self {
        self.on = Some(jobs.clone());
        self
    }
}

impl<J: Job> IntoFuture for PerformNow<J> {
    type Output = Result<J::Output, NowError<J::Error>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let mut args = ArgsWriter::new();
        self.job.__encode(&mut args);
        let args = args.finish();
        Box::pin(async move {
            let jobs = self.on.map_or_else(current, Ok)?;
            let job = J::__definition();
            let args = args.map_err(|(argument, source)| Error::Encode {
                job: job.name,
                argument,
                source,
            })?;
            typed::<J>(with(&jobs, called(&jobs, job, &args)).await?)
        })
    }
}

/// Calls the job inside its hooks.
async fn called(jobs: &Jobs, job: &'static JobDef, args: &str) -> Result<Called, Error> {
    let args = ArgsReader::parse(args).map_err(|error| Error::Damaged {
        what: error.to_string(),
    })?;
    let ctx = context(job);
    let invocation = Invocation::new(ctx.share(), args, jobs.inner().states());
    let hooks = Nest::new(jobs, job);
    let execution = Execution {
        jobs: jobs.clone(),
        hooks: &hooks,
        invocation: Mutex::new(Some(invocation)),
        called: Mutex::new(None),
    };
    hooks.around(&ctx, &execution).await;
    if execution
        .invocation
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .is_some()
    {
        // A hook panicked before it ran the rest: the job goes on without it.
        execution.run(&ctx).await;
    }
    let ended = execution
        .called
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let (called, outcome) = ended.unwrap_or_else(|| {
        let panicked = Panicked {
            message: "an `around_perform` hook dropped the execution".into(),
        };
        let called = Called::Panicked(panicked);
        let outcome = outcome(&called, Duration::ZERO);
        (called, outcome)
    });
    hooks.after(&ctx, &outcome).await;
    Ok(called)
}

fn context(job: &'static JobDef) -> JobContext {
    let now = Utc::now();
    let facts = Facts {
        id: JobId::new(),
        name: job.name,
        queue: job.queue().name().to_owned(),
        attempt: 1,
        enqueued_at: now,
        scheduled_at: now,
        tags: registry::tags(job).map(str::to_owned).collect(),
        fence: 0,
        batch: None,
        trace: crate::telemetry::current_trace(),
    };
    JobContext::new(facts, Journal::in_place())
}

struct Execution<'e> {
    jobs: Jobs,
    hooks: &'e Nest<'e>,
    /// Taken when the function is called.
    invocation: Mutex<Option<Invocation>>,
    called: Mutex<Option<(Called, Outcome)>>,
}

impl Core for Execution<'_> {
    fn run<'a>(&'a self, ctx: &'a JobContext) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let invocation = self
                .invocation
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            let began = Instant::now();
            let called = self.hooks.call(ctx, invocation).await;
            let called = commit(&self.jobs, ctx, called).await;
            let outcome = outcome(&called, began.elapsed());
            *self.called.lock().unwrap_or_else(PoisonError::into_inner) =
                Some((called, outcome.clone()));
            outcome
        })
    }
}

/// What the job wrote in its transaction stays if it returned an output.
async fn commit(jobs: &Jobs, ctx: &JobContext, called: Called) -> Called {
    let held = ctx.take_transaction();
    let (Some(held), Called::Returned(Ok(_))) = (held, &called) else {
        return called;
    };
    let committed = jobs
        .inner()
        .store
        .call(|storage| async move { storage.commit_job(held, None, None).await });
    match committed.await {
        Ok(_) => called,
        Err(error) => Called::Unbegun(error),
    }
}

/// What hooks are shown; no rule decides anything here, but an end that the job chose stands.
fn outcome(called: &Called, took: Duration) -> Outcome {
    let end = match called {
        Called::Stopped(Stop::Chose(end)) => Some(end.clone()),
        Called::Returned(Err(failure)) => end_of(&**failure),
        Called::Refused(error) => end_in(&**error),
        _ => None,
    };
    if let Some(end) = end {
        return chosen(&end, took);
    }
    let error = match called {
        Called::Returned(Ok(_)) | Called::Stopped(Stop::Chose(_)) => None,
        Called::Unbegun(error) => Some(JobError::of(error)),
        Called::Stopped(stop) => Some(JobError::of(&failed(stop))),
        Called::Returned(Err(failure)) => Some(kept(&**failure)),
        Called::Panicked(error) => Some(JobError::of(error)),
        Called::TimedOut(error) => Some(JobError::of(error)),
        Called::Unready(error) => Some(JobError::of(error)),
        Called::Refused(error) => Some(JobError::seen(
            "before_perform",
            &ErrorView::Error(&**error, None),
        )),
    };
    let disposition = if error.is_none() {
        Disposition::Done
    } else {
        Disposition::Discarded
    };
    Outcome {
        error,
        disposition,
        took,
    }
}

/// Nothing parks without a row.
fn failed(stop: &Stop) -> FlowError {
    match stop {
        Stop::Failed(error) => error.clone(),
        _ => FlowError::new("", "a job that is called in place cannot wait".into()),
    }
}

fn chosen(end: &EndNow, took: Duration) -> Outcome {
    let (error, disposition) = match end {
        EndNow::RetryIn(wait) => {
            let (now, wait) = (Utc::now(), TimeDelta::from_std(wait.0));
            let at = wait.ok().and_then(|wait| now.checked_add_signed(wait));
            (None, Disposition::RetryAt(at.unwrap_or(now)))
        }
        EndNow::Discard(end) => (Some(JobError::of(end)), Disposition::Discarded),
        EndNow::Dead(end) => (Some(JobError::of(end)), Disposition::Dead),
    };
    Outcome {
        error,
        disposition,
        took,
    }
}

/// The job's own types again.
fn typed<J: Job>(called: Called) -> Result<J::Output, NowError<J::Error>> {
    match called {
        Called::Returned(Ok(output)) => match output.into_any().downcast::<J::Output>() {
            Ok(output) => Ok(*output),
            Err(_) => Err(NowError::Setup(Error::Damaged {
                what: "the output has another type".into(),
            })),
        },
        Called::Returned(Err(failure)) => Err(match end_of(&*failure) {
            Some(end) => NowError::Ended(end),
            None => match failure.into_any().downcast::<J::Error>() {
                Ok(error) => NowError::Job(*error),
                // No function returned it: a test made this call fail.
                Err(_) => NowError::Refused("this call was made to fail by its test".into()),
            },
        }),
        Called::Stopped(Stop::Chose(end)) => Err(NowError::Ended(end)),
        Called::Stopped(stop) => Err(NowError::Flow(failed(&stop))),
        Called::Unbegun(error) => Err(NowError::Setup(error)),
        Called::Panicked(panicked) => Err(NowError::Panicked(panicked)),
        Called::TimedOut(timed_out) => Err(NowError::TimedOut(timed_out)),
        Called::Unready(Unready::State {
            job,
            param,
            type_name,
        }) => Err(NowError::Setup(Error::MissingState {
            job,
            param,
            type_name,
        })),
        Called::Unready(unready @ Unready::Transaction { .. }) => {
            Err(NowError::Setup(Error::Damaged {
                what: unready.to_string(),
            }))
        }
        Called::Unready(Unready::Arguments(error)) => Err(NowError::Setup(Error::Damaged {
            what: error.to_string(),
        })),
        Called::Refused(error) => Err(match end_in(&*error) {
            Some(end) => NowError::Ended(end),
            None => NowError::Refused(error),
        }),
    }
}
