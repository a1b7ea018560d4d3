//! One claimed job, from its row to its end.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::Poll,
    time::{Duration, Instant},
};

use tokio::sync::watch;

use super::{
    instance::Instance,
    lifecycle::Shared,
    perform::Execution,
    pool::{Slot, dropping},
};
use crate::{
    context::{Facts as ContextFacts, Invocation, JobContext},
    definition::{JobDef, Run},
    failure::DeserializationError,
    handle::in_job_scope,
    payload::ArgsReader,
    record::State,
    storage::{Claimed, End, Finish, Next},
    transition::{self, Facts, Ruling},
};

/// How long a running job may go on after it was asked to cancel.
const CANCEL_GRACE: Duration = Duration::from_secs(5);
/// How long a job waits for newer code that can read it.
pub(crate) const UNREADABLE_GRACE: Duration = Duration::from_secs(60 * 60);

/// Runs one job and writes its end. The slot is free as soon as the end is handed over.
pub(super) async fn run(
    shared: &Arc<Shared>,
    instance: &Arc<Instance>,
    claimed: Claimed,
    slot: Slot,
) {
    let job = shared.jobs.inner().registry.job(claimed.kind);
    let name = job.map_or("(unknown)", |job| job.name);
    let finish = match job {
        None => {
            tracing::warn!(kind = claimed.kind.0, id = %claimed.claim.id, "no job of this name is known here; it waits for a worker that knows it");
            Some(never_called(
                &claimed,
                transition::unknown(&facts(shared, &claimed)),
            ))
        }
        Some(job) => match prepare(shared, job, &claimed) {
            Ok(invocation) => called(shared, instance, job, &claimed, invocation).await,
            Err(ruling) => Some(give_up(shared, job, &claimed, *ruling).await),
        },
    };
    let Some(finish) = finish else { return };
    let written = shared.acks.hand_over(finish).await;
    drop(slot);
    written.settle(name).await;
}

pub(super) fn facts<'a>(shared: &Shared, claimed: &'a Claimed) -> Facts<'a> {
    let jobs = &shared.jobs;
    Facts::new(claimed, jobs.utc(), rand::random(), jobs.inner().keep)
}

fn never_called(claimed: &Claimed, ruling: Ruling) -> Finish {
    Finish {
        claim: claimed.claim,
        ran: None,
        to: ruling.next,
    }
}

/// All that must be right before the function is called; else what becomes of the job.
fn prepare(
    shared: &Shared,
    job: &'static JobDef,
    claimed: &Claimed,
) -> Result<Invocation, Box<Ruling>> {
    let facts = facts(shared, claimed);
    if claimed.refused {
        return Err(Box::new(transition::over_limit(job, &facts)));
    }
    if let Some(ruling) = transition::expired(job, &facts) {
        return Err(Box::new(ruling));
    }
    let args = read(job, claimed).map_err(|error| {
        Box::new(transition::unreadable(
            job,
            &facts,
            &error,
            UNREADABLE_GRACE,
        ))
    })?;
    Ok(Invocation::new(
        context(job, claimed),
        args,
        shared.states.clone(),
    ))
}

fn read(job: &'static JobDef, claimed: &Claimed) -> Result<ArgsReader, DeserializationError> {
    if claimed.version > job.version {
        return Err(DeserializationError::newer(claimed.version, job.version));
    }
    let Some(upcast) = job.upcast.filter(|_| claimed.version < job.version) else {
        return ArgsReader::parse(&claimed.args);
    };
    let old = serde_json::from_str(&claimed.args)
        .map_err(|error| DeserializationError::not_an_object(&error))?;
    let upcast = std::panic::catch_unwind(|| upcast(old, claimed.version))
        .unwrap_or_else(|_| Err("the `upcast` function panicked".into()));
    let new = upcast.map_err(|error| DeserializationError::upcast(claimed.version, &error))?;
    ArgsReader::parse(&new.to_string())
}

fn context(job: &'static JobDef, claimed: &Claimed) -> JobContext {
    JobContext::new(ContextFacts {
        id: claimed.claim.id,
        name: job.name,
        queue: claimed.queue.clone(),
        attempt: claimed.attempt.saturating_add(1),
        enqueued_at: claimed.enqueued_at,
        scheduled_at: claimed.run_at,
        tags: claimed.tags.clone(),
        fence: claimed.claim.fence,
    })
}

/// The job ends, or waits, without its function having been called; its hooks are told all the same.
async fn give_up(
    shared: &Arc<Shared>,
    job: &'static JobDef,
    claimed: &Claimed,
    ruling: Ruling,
) -> Finish {
    let execution = Execution::new(shared, job, claimed, None);
    execution.tell(&context(job, claimed), &ruling).await;
    // An end by a failure is an attempt of its own; waiting for other code is none.
    let ran = ruling.error().map(|_| Duration::ZERO);
    Finish {
        claim: claimed.claim,
        ran,
        to: ruling.next,
    }
}

/// How a call came to its end.
enum Ended {
    /// By itself: it was ruled on.
    Ruled(Box<Ruling>),
    /// Its claim may belong to another worker by now: nothing may be written.
    Superseded,
    /// The worker stops.
    Dropped,
    /// Somebody asked it to end.
    Cancelled,
}

async fn called(
    shared: &Arc<Shared>,
    instance: &Arc<Instance>,
    job: &'static JobDef,
    claimed: &Claimed,
    invocation: Invocation,
) -> Option<Finish> {
    let blocking = matches!(job.run, Run::Blocking(_));
    let ctx = invocation.ctx.share();
    let cancelled = shared.running.enter(claimed.claim, &ctx);
    let began = Instant::now();
    let execution = Execution::new(shared, job, claimed, Some(invocation));
    let ended = {
        let mut work = pin!(in_job_scope(shared.jobs.clone(), execution.run(&ctx)));
        let work = poll_fn(|cx| {
            if instance.is_over() && !blocking {
                return Poll::Ready(Ended::Superseded);
            }
            work.as_mut()
                .poll(cx)
                .map(|ruling| Ended::Ruled(Box::new(ruling)))
        });
        tokio::select! {
            biased;
            ended = work => ended,
            () = instance.retired(), if !blocking => Ended::Superseded,
            () = dropping(shared.phase.subscribe()) => Ended::Dropped,
            () = grace_over(cancelled.clone()), if !blocking => Ended::Cancelled,
        }
    };
    shared.running.leave(claimed.claim);
    let finish = |to| {
        Some(Finish {
            claim: claimed.claim,
            ran: Some(began.elapsed()),
            to,
        })
    };
    let asked = *cancelled.borrow();
    match ended {
        Ended::Superseded => {
            tracing::warn!(job = job.name, id = %claimed.claim.id, "the claim was lost while the job ran; it was dropped");
            None
        }
        Ended::Ruled(_) | Ended::Cancelled if asked => finish(cancelled_end(shared, job, claimed)),
        Ended::Cancelled => finish(cancelled_end(shared, job, claimed)),
        Ended::Ruled(ruling) => finish(ruling.next),
        // The thread of a blocking job can't be stopped: its claim stays until the lease lapses, for a second copy
        // must not start beside it.
        Ended::Dropped if blocking => {
            shared.left.fetch_add(1, Ordering::AcqRel);
            None
        }
        Ended::Dropped => finish(Next::PutBack),
    }
}

fn cancelled_end(shared: &Shared, job: &'static JobDef, claimed: &Claimed) -> Next {
    let retain = facts(shared, claimed)
        .keep
        .retain(Some(job), State::Cancelled);
    Next::End(End {
        state: State::Cancelled,
        output: None,
        reason: None,
        error: None,
        retain,
    })
}

async fn grace_over(mut cancelled: watch::Receiver<bool>) {
    if cancelled.wait_for(|asked| *asked).await.is_err() {
        // Nobody is left who could ask.
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(CANCEL_GRACE).await;
}
