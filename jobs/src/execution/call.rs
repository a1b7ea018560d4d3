//! Calling the user's function: under its timeout, with panics caught, and an end that it may choose itself.

use std::{
    error::Error as StdError,
    time::{Duration, Instant},
};

use super::guarded;
use crate::{
    context::{EndNow, Invocation, JobContext, Stop},
    definition::{ErrorView, Failure, Finished, JobDef, Output, Run, chain},
    enqueue::TxDef,
    error::{BoxError, Error},
    failure::{Dead, Discard, JobError, Panicked, RetryIn, TimedOut, Unready},
    handle::{Jobs, exclusively, in_job_scope_sync, kept_logs},
    panics::{catch, let_go},
};

/// How one call ended.
pub(crate) enum Called {
    /// It returned.
    Returned(Finished),
    /// It was ended from inside, by its choice or at a checkpoint.
    Stopped(Stop),
    /// It panicked.
    Panicked(Panicked),
    /// It took too long.
    TimedOut(TimedOut),
    /// Its transaction could not be begun.
    Unbegun(Error),
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
    if let Some(finished) = jobs.inner().instead_of(job) {
        return Called::Returned(finished);
    }
    let mut limit = job.first(|level| level.timeout);
    let mut exclusive = false;
    if let Some(tx) = job.tx {
        // The wait for it is no part of the execution.
        match begin(&jobs, tx, ctx).await {
            Ok(only_writer) => {
                exclusive = only_writer.is_some();
                limit = limit.or(only_writer);
            }
            Err(error) => return Called::Unbegun(error),
        }
    }
    let began = Instant::now();
    let ended = match job.run {
        Run::Async(run) => {
            let work = guarded(async move {
                match run(&mut invocation) {
                    Ok(work) => Ok(work.await),
                    Err(unready) => Err(unready),
                }
            });
            let work = async {
                if exclusive {
                    exclusively(jobs, work).await
                } else {
                    work.await
                }
            };
            tokio::select! {
                biased;
                ended = work => called(ended),
                stop = ctx.stopped() => return Called::Stopped(stop),
                timed_out = over(limit) => return Called::TimedOut(timed_out),
            }
        }
        Run::Blocking(run) => {
            let (span, logs) = (tracing::Span::current(), kept_logs());
            let work = move || {
                let _entered = span.entered();
                in_job_scope_sync(jobs, logs, || {
                    let ended = catch(|| run(&mut invocation));
                    let_go(invocation);
                    ended
                })
            };
            match tokio::task::spawn_blocking(work).await {
                Ok(ended) => called(ended),
                Err(_) => Called::Panicked(Panicked {
                    message: "the runtime shut down".into(),
                }),
            }
        }
    };
    // Nothing stops a thread, or a future that does not yield; late is late all the same, and it is told when the
    // function has returned, so that no second copy starts beside it.
    match limit.filter(|limit| began.elapsed() > *limit) {
        Some(limit) => {
            let_go(ended);
            Called::TimedOut(TimedOut { limit })
        }
        None => ended,
    }
}

/// Begins the job's transaction; for how long, where it is the only writer's.
async fn begin(jobs: &Jobs, tx: TxDef, ctx: &JobContext) -> Result<Option<Duration>, Error> {
    let store = &jobs.inner().store;
    (tx.check)(&**store.storage())?;
    let held = store.call(|storage| async move { storage.begin_job().await });
    ctx.put_transaction(held.await?);
    Ok(store.storage().exclusive_for())
}

fn called(ended: Result<Result<Finished, Unready>, Panicked>) -> Called {
    match ended {
        Ok(Ok(finished)) => Called::Returned(finished),
        Ok(Err(unready)) => Called::Unready(unready),
        Err(panicked) => Called::Panicked(panicked),
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

/// An output as it is stored: `None` for `null`, else its JSON.
pub(crate) fn encode(output: &dyn Output, limit: usize) -> Result<Option<String>, BoxError> {
    let json = catch(|| output.to_json())
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
    match catch(|| failure.view()) {
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
    if let Ok(ErrorView::Error(error, _)) = catch(|| failure.view()) {
        let decided = decide(match end_in(error) {
            Some(end) => Failed::Chose(end),
            None => Failed::Error(error, kept),
        });
        let_go(failure);
        return decided;
    }
    let error = catch(|| failure.into_error()).unwrap_or_else(Into::into);
    let decided = decide(Failed::Error(&*error, kept));
    let_go(error);
    decided
}

/// The same without consuming it: the end that it carries, if it does.
pub(crate) fn end_of(failure: &dyn Failure) -> Option<EndNow> {
    match catch(|| failure.view()) {
        Ok(ErrorView::Error(error, _)) => end_in(error),
        Ok(ErrorView::Text(_) | ErrorView::Opaque) | Err(_) => None,
    }
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
