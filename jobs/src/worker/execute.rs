//! One claimed job, from its row to its end.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use tracing::Instrument as _;

use super::{
    closing::Token,
    instance::Instance,
    lifecycle::Shared,
    perform::Execution,
    pool::{Slot, dropping, put_back},
    running::Entered,
};
use crate::{
    context::{Facts as ContextFacts, Invocation, JobContext},
    definition::{JobDef, Run},
    error::Error,
    execution::guarded,
    failure::{DeserializationError, JobError, Panicked},
    flow::Journal,
    handle::{in_job_scope, with},
    panics::catch,
    payload::ArgsReader,
    record::State,
    storage::{Claimed, End, Finish, Next},
    telemetry::{self, Kept, Of},
    transition::{self, Facts, Ruling},
};

/// How long a running job may go on after it was asked to cancel.
const CANCEL_GRACE: Duration = Duration::from_secs(5);
/// How long a job waits for newer code that can read it.
pub(crate) const UNREADABLE_GRACE: Duration = Duration::from_secs(60 * 60);

/// What an execution holds: its slot until its end is handed over, the worker's patience until that is written.
struct Held {
    slot: Option<Slot>,
    alive: Option<mpsc::Sender<()>>,
    left: Option<Token>,
    /// The function was called, or a hook in its place.
    called: bool,
}

/// Runs one job and writes its end. The slot is free as soon as the end is handed over.
pub(super) async fn run(
    shared: &Arc<Shared>,
    instance: &Arc<Instance>,
    claimed: Claimed,
    slot: Slot,
    alive: mpsc::Sender<()>,
) {
    let mut held = Held {
        slot: Some(slot),
        alive: Some(alive),
        left: None,
        called: false,
    };
    let job = shared.jobs.inner().registry.job(claimed.kind);
    let name = job.map_or("(unknown)", |job| job.name);
    if instance.is_over() {
        tracing::warn!(job = name, id = %claimed.claim.id, "the claim was lost before the job was started");
        return;
    }
    let finish = match job {
        None => {
            tracing::warn!(kind = claimed.kind.0, id = %claimed.claim.id, "no job of this name is known here; it waits for a worker that knows it");
            Some(never_called(
                &claimed,
                transition::unknown(&facts(shared, &claimed)),
            ))
        }
        Some(job) if shared.running.was_asked(claimed.claim.id) => Some(Finish {
            claim: claimed.claim,
            ran: None,
            logs: None,
            to: cancelled_end(shared, job, &claimed),
        }),
        Some(job) => {
            let execution = execution(shared, instance, job, &claimed, &mut held);
            let ended = guarded(execution).await;
            ended.unwrap_or_else(|panicked| Some(escaped(shared, job, &claimed, &panicked)))
        }
    };
    let Some(finish) = finish else { return };
    shared
        .jobs
        .inner()
        .performed(job, &claimed, &finish, held.called);
    let of = Of {
        job: name,
        queue: &claimed.queue,
    };
    let written = shared.acks.hand_over(finish).await;
    held.slot = None;
    let (Err(error), Some(job)) = (written.settle(of).await, job) else {
        return;
    };
    let finish = refused(shared, job, &claimed, &error).await;
    let written = shared.acks.hand_over(finish).await;
    written.settle_or_leave(of).await;
}

pub(super) fn facts<'a>(shared: &Shared, claimed: &'a Claimed) -> Facts<'a> {
    let jobs = &shared.jobs;
    let inner = jobs.inner();
    Facts::new(claimed, jobs.utc(), inner.random(), inner.keep())
}

/// The database refuses the end as it is, such as an output that it cannot hold: the job has failed by that, with an
/// error of this crate's own words.
async fn refused(
    shared: &Arc<Shared>,
    job: &'static JobDef,
    claimed: &Claimed,
    error: &Error,
) -> Finish {
    tracing::error!(job = job.name, id = %claimed.claim.id, %error, "the database refuses the job's end; it counts as failed");
    let kept = JobError::plain(
        "jobs::Unwritable",
        &format!("its end could not be stored: {error}"),
    );
    let ruling = transition::failed(job, &facts(shared, claimed), error, kept);
    give_up(shared, job, claimed, ruling).await
}

/// From the arguments to the end; `None` if nothing is to be written.
async fn execution(
    shared: &Arc<Shared>,
    instance: &Arc<Instance>,
    job: &'static JobDef,
    claimed: &Claimed,
    held: &mut Held,
) -> Option<Finish> {
    match prepare(shared, job, claimed) {
        Ok(invocation) => called(shared, instance, job, claimed, invocation, held).await,
        Err(ruling) => tokio::select! {
            biased;
            finish = give_up(shared, job, claimed, *ruling) => Some(finish),
            () = dropping(shared.phase.subscribe()) => Some(put_back(claimed.claim)),
        },
    }
}

/// A panic that nothing nearer caught, such as in the drop of an output: the job has failed by it.
fn escaped(
    shared: &Shared,
    job: &'static JobDef,
    claimed: &Claimed,
    panicked: &Panicked,
) -> Finish {
    let facts = facts(shared, claimed);
    Finish {
        claim: claimed.claim,
        ran: Some(Duration::ZERO),
        logs: None,
        to: transition::failed(job, &facts, panicked, JobError::of(panicked)).next,
    }
}

fn never_called(claimed: &Claimed, ruling: Ruling) -> Finish {
    Finish {
        claim: claimed.claim,
        ran: None,
        logs: None,
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
    let invocation = Invocation::new(context(shared, job, claimed), args, shared.states.clone());
    Ok(match job.run {
        Run::Async(_) => invocation,
        Run::Blocking(_) => invocation.keeping(shared.threads.one()),
    })
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
    let upcast = catch(|| upcast(old, claimed.version))
        .unwrap_or_else(|_| Err("the `upcast` function panicked".into()));
    let new = upcast.map_err(|error| DeserializationError::upcast(claimed.version, &error))?;
    ArgsReader::parse(&new.to_string())
}

fn context(shared: &Shared, job: &'static JobDef, claimed: &Claimed) -> JobContext {
    let facts = ContextFacts {
        id: claimed.claim.id,
        name: job.name,
        queue: claimed.queue.clone(),
        attempt: claimed.attempt.saturating_add(1),
        enqueued_at: claimed.enqueued_at,
        scheduled_at: claimed.run_at,
        tags: claimed.tags.clone(),
        fence: claimed.claim.fence,
        batch: claimed.batch.map(|batch| batch.0),
        trace: claimed.trace.as_deref().cloned(),
    };
    JobContext::new(facts, Journal::of(shared.jobs.clone(), claimed.claim))
}

/// The job ends, or waits, without its function having been called; its hooks are told all the same.
pub(crate) async fn give_up(
    shared: &Arc<Shared>,
    job: &'static JobDef,
    claimed: &Claimed,
    ruling: Ruling,
) -> Finish {
    let execution = Execution::new(shared, job, claimed, None);
    let ctx = context(shared, job, claimed);
    with(&shared.jobs, execution.tell(&ctx, &ruling)).await;
    // An end by a failure is an attempt of its own; waiting for other code is none.
    let ran = ruling.error().map(|_| Duration::ZERO);
    Finish {
        claim: claimed.claim,
        ran,
        logs: None,
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
    held: &mut Held,
) -> Option<Finish> {
    held.called = true;
    let blocking = matches!(job.run, Run::Blocking(_));
    let ctx = invocation.ctx.share();
    let entered = shared.running.enter(claimed.claim, &ctx);
    let began = Instant::now();
    let execution = Execution::new(shared, job, claimed, Some(invocation));
    let (span, logs) = (
        telemetry::perform_span(job, claimed),
        Kept::of(job, claimed),
    );
    let _started = telemetry::started(job, claimed);
    let scoped = in_job_scope(shared.jobs.clone(), logs.clone(), execution.run(&ctx));
    let mut work = pin!(scoped.instrument(span.clone()));
    let watched = poll_fn(|cx| {
        if instance.is_over() && !blocking {
            return Poll::Ready(Ended::Superseded);
        }
        let polled = entered.polls.during(|| work.as_mut().poll(cx));
        polled.map(|ruling| Ended::Ruled(Box::new(ruling)))
    });
    let mut ended = tokio::select! {
        biased;
        ended = watched => ended,
        () = instance.retired(), if !blocking => Ended::Superseded,
        () = dropping(shared.phase.subscribe()) => Ended::Dropped,
        () = grace_over(entered.cancelled.clone()), if !blocking => Ended::Cancelled,
    };
    if blocking && matches!(ended, Ended::Dropped) {
        // Its thread can't be stopped, and a second copy must not start beside it: the worker goes without it, and
        // its end is written when it returns, if the process lives until then.
        held.left = Some(shared.left.one());
        (held.slot, held.alive) = (None, None);
        ended = Ended::Ruled(Box::new(work.await));
    }
    let ran = began.elapsed();
    drop(ctx.take_transaction());
    if let Some((finish, ack)) = execution.committed() {
        let inner = shared.jobs.inner();
        inner.performed(Some(job), claimed, &finish, true);
        telemetry::ended_span(&span, &finish);
        let of = Of {
            job: job.name,
            queue: &claimed.queue,
        };
        shared.acks.follow(of, finish, ack).await;
        return None;
    }
    if !matches!(ended, Ended::Superseded) {
        say_last(shared, job, &entered).await;
    }
    let finish = |to| {
        let mut finish = Finish {
            claim: claimed.claim,
            ran: Some(ran),
            logs: None,
            to,
        };
        if let Some(logs) = logs {
            logs.give(&mut finish);
        }
        telemetry::ended_span(&span, &finish);
        Some(finish)
    };
    let asked = *entered.cancelled.borrow();
    match ended {
        Ended::Superseded => {
            tracing::warn!(job = job.name, id = %claimed.claim.id, "the claim was lost while the job ran; it was dropped");
            None
        }
        Ended::Ruled(_) | Ended::Dropped if asked => finish(cancelled_end(shared, job, claimed)),
        Ended::Cancelled => finish(cancelled_end(shared, job, claimed)),
        Ended::Ruled(ruling) => finish(ruling.next),
        Ended::Dropped => finish(Next::PutBack),
    }
}

/// Stores what the job said last, so that its record shows how far it got. Jobs that say nothing pay nothing.
async fn say_last(shared: &Shared, job: &'static JobDef, entered: &Entered<'_>) {
    let Some(said) = entered.unsaid() else { return };
    let (id, store) = (said.0.id, &shared.jobs.inner().store);
    let stored = store.call(move |storage| async move { storage.progress(vec![said]).await });
    if let Err(error) = stored.await {
        tracing::warn!(job = job.name, %id, %error, "the job's last progress could not be stored");
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
