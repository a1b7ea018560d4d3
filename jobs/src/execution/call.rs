//! Calling the user's function: under its timeout, with panics caught, and an end that it may choose itself.

use std::{
    any::Any,
    error::Error as StdError,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use futures_util::FutureExt;

use crate::{
    context::{EndNow, Invocation, JobContext},
    definition::{ErrorView, Failure, Finished, JobDef, Output, Run, chain},
    error::BoxError,
    failure::{Dead, Discard, JobError, Panicked, RetryIn, TimedOut, Unready},
    handle::{Jobs, in_job_scope_sync},
};

/// How one call ended.
pub(crate) enum Called {
    /// It returned.
    Returned(Finished),
    /// It chose its end with `ctx`.
    Chose(EndNow),
    /// It panicked.
    Panicked(Panicked),
    /// It took too long.
    TimedOut(TimedOut),
    /// It could not be called.
    Unready(Unready),
    /// A `before_perform` hook failed, so it was not called.
    Refused(BoxError),
}

/// Calls the function of `job`.
pub(crate) async fn call(
    jobs: Jobs,
    job: &'static JobDef,
    ctx: &JobContext,
    mut invocation: Invocation,
) -> Called {
    let limit = job.first(|level| level.timeout);
    match job.run {
        Run::Async(run) => {
            let work = async move {
                match run(&mut invocation) {
                    Ok(work) => Ok(work.await),
                    Err(unready) => Err(unready),
                }
            };
            let work = AssertUnwindSafe(work).catch_unwind();
            tokio::select! {
                biased;
                ended = work => called(ended),
                chosen = ctx.chosen_end() => Called::Chose(chosen),
                timed_out = over(limit) => Called::TimedOut(timed_out),
            }
        }
        Run::Blocking(run) => {
            let began = Instant::now();
            let work = move || {
                in_job_scope_sync(jobs, || {
                    catch_unwind(AssertUnwindSafe(|| run(&mut invocation)))
                })
            };
            // The outcome counts when the thread returns, so that no second copy starts beside it.
            match tokio::task::spawn_blocking(work).await {
                Ok(ended) => match limit.filter(|limit| began.elapsed() > *limit) {
                    Some(limit) => Called::TimedOut(TimedOut { limit }),
                    None => called(ended),
                },
                Err(_) => Called::Panicked(Panicked {
                    message: "the runtime shut down".into(),
                }),
            }
        }
    }
}

fn called(ended: Result<Result<Finished, Unready>, Box<dyn Any + Send>>) -> Called {
    match ended {
        Ok(Ok(finished)) => Called::Returned(finished),
        Ok(Err(unready)) => Called::Unready(unready),
        Err(panic) => Called::Panicked(Panicked {
            message: message(&*panic),
        }),
    }
}

async fn over(limit: Option<Duration>) -> TimedOut {
    match limit {
        Some(limit) => {
            tokio::time::sleep(limit).await;
            TimedOut { limit }
        }
        None => std::future::pending().await,
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "(no message)".into())
}

/// An output as it is stored: `None` for `null`, else its JSON.
pub(crate) fn encode(output: &dyn Output, limit: usize) -> Result<Option<String>, BoxError> {
    let json = catch_unwind(AssertUnwindSafe(|| output.to_json()))
        .map_err(|_| "the output's `Serialize` panicked")?
        .map_err(|error| format!("the output cannot be stored as JSON: {error}"))?;
    if json.len() > limit {
        return Err(format!(
            "the output is {} bytes, the limit is {limit}: store it elsewhere and return a key",
            json.len()
        )
        .into());
    }
    Ok((json != "null").then_some(json))
}

/// A failure as it is kept.
pub(crate) fn kept(failure: &dyn Failure) -> JobError {
    match catch_unwind(AssertUnwindSafe(|| failure.view())) {
        Ok(view) => JobError::seen(failure.type_name(), &view),
        Err(_) => JobError::plain(failure.type_name(), "(the error's `Display` panicked)"),
    }
}

/// What a failure turned out to be.
pub(crate) enum Failed<'e> {
    /// An end that its chain carries, which comes before all rules.
    Chose(EndNow),
    /// An error for the rules, and as it is kept.
    Error(&'e (dyn StdError + 'static), JobError),
}

/// Looks at what a function returned: by reference where that shows it, for a conversion hides types.
pub(crate) fn look<T>(failure: Box<dyn Failure>, decide: impl FnOnce(Failed<'_>) -> T) -> T {
    let kept = kept(&*failure);
    if let Ok(ErrorView::Error(error, _)) = catch_unwind(AssertUnwindSafe(|| failure.view())) {
        return decide(match end_in(error) {
            Some(end) => Failed::Chose(end),
            None => Failed::Error(error, kept),
        });
    }
    let error = failure.into_error();
    decide(Failed::Error(&*error, kept))
}

/// [`RetryIn`], [`Discard`](struct@Discard) or [`Dead`](struct@Dead) anywhere in the chain.
pub(crate) fn end_in(error: &(dyn StdError + 'static)) -> Option<EndNow> {
    chain(error).find_map(|error| {
        let retry = error
            .downcast_ref::<RetryIn>()
            .map(|end| EndNow::RetryIn(*end));
        let discard = || {
            error
                .downcast_ref::<Discard>()
                .map(|end| EndNow::Discard(end.clone()))
        };
        let dead = || {
            error
                .downcast_ref::<Dead>()
                .map(|end| EndNow::Dead(end.clone()))
        };
        retry.or_else(discard).or_else(dead)
    })
}
