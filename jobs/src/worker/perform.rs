//! One execution: its hooks, its call, and the ruling on how that ended.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;
use futures_core::future::BoxFuture;
use tokio::time::Instant;

use super::{
    execute::{self, UNREADABLE_GRACE},
    lifecycle::Shared,
};
use crate::{
    context::{Invocation, JobContext, Stop},
    definition::{ErrorView, JobDef},
    error::BoxError,
    execution::{self, Called, Core, Failed, Nest, calmly},
    failure::{JobError, Panicked, Unready},
    handle::kept_logs,
    hooks::{Disposition, Outcome},
    record::State,
    storage::{Ack, BlockedOn, Claimed, End, Finish, Next},
    transition::{self, Facts, Ruling},
};

/// One execution with its hooks.
pub(super) struct Execution<'e> {
    shared: &'e Arc<Shared>,
    job: &'static JobDef,
    claimed: &'e Claimed,
    hooks: Nest<'e>,
    /// Taken when the function is called.
    invocation: Mutex<Option<Invocation>>,
    ruled: Mutex<Option<(Ruling, Outcome)>>,
    /// Its end, where that was written in its own transaction.
    committed: Mutex<Option<(Finish, Ack)>>,
}

impl Core for Execution<'_> {
    fn run<'a>(&'a self, ctx: &'a JobContext) -> BoxFuture<'a, Outcome> {
        Box::pin(self.core(ctx))
    }
}

impl<'e> Execution<'e> {
    pub(super) fn new(
        shared: &'e Arc<Shared>,
        job: &'static JobDef,
        claimed: &'e Claimed,
        invocation: Option<Invocation>,
    ) -> Self {
        let (hooks, invocation) = (Nest::new(&shared.jobs, job), Mutex::new(invocation));
        Self {
            shared,
            job,
            claimed,
            hooks,
            invocation,
            ruled: Mutex::new(None),
            committed: Mutex::new(None),
        }
    }

    /// Runs hooks and function, and gives what becomes of the job.
    pub(super) async fn run(&self, ctx: &JobContext) -> Ruling {
        self.hooks.around(ctx, self).await;
        if self
            .invocation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
        {
            // A hook panicked before it ran the rest: the job goes on without it.
            self.core(ctx).await;
        }
        let ruled = self
            .ruled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let (ruling, outcome) = ruled.unwrap_or_else(|| self.dropped_by_hook());
        self.hooks.after(ctx, &outcome).await;
        self.tell(ctx, &ruling).await;
        ruling
    }

    /// `report`, `on_exhausted` and `after_discard`.
    pub(super) async fn tell(&self, ctx: &JobContext, ruling: &Ruling) {
        let Some(error) = ruling.error() else { return };
        for hook in ruling.hooks() {
            calmly(hook.name, async { (hook.call)(ctx, error).await }).await;
        }
        if ruling.given_up {
            self.hooks.after_discard(ctx, error).await;
        }
    }

    fn facts(&self) -> Facts<'e> {
        execute::facts(self.shared, self.claimed)
    }

    /// `before_perform`, the function, the ruling.
    async fn core(&self, ctx: &JobContext) -> Outcome {
        let invocation = self
            .invocation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let began = Instant::now();
        let called = self.hooks.call(ctx, invocation).await;
        let ruling = self.rule(called, || left_over(self.job, ctx));
        let ruling = self.commit(ctx, ruling, began.elapsed()).await;
        let outcome = outcome(&ruling, &self.facts(), began.elapsed());
        *self.ruled.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((ruling, outcome.clone()));
        outcome
    }

    /// The end of a job that has a transaction is written in it, if it ended well; else it is rolled back.
    async fn commit(&self, ctx: &JobContext, ruling: Ruling, ran: Duration) -> Ruling {
        let Some(held) = ctx.take_transaction() else {
            return ruling;
        };
        if !ruling.succeeded() {
            return ruling;
        }
        let mut finish = Finish {
            claim: self.claimed.claim,
            ran: Some(ran),
            logs: None,
            to: ruling.next.clone(),
        };
        if let Some(logs) = kept_logs() {
            logs.give(&mut finish);
        }
        let (done, inner) = (finish.clone(), self.shared.jobs.inner());
        let now = inner.clock.now();
        let committing = inner
            .store
            .call(move |storage| async move { storage.commit_job(held, Some(done), now).await });
        match committing.await {
            Ok(ack) => {
                let committed = Some((finish, ack));
                *self
                    .committed
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = committed;
                ruling
            }
            // If it was committed all the same, what follows finds the claim gone and changes nothing.
            Err(error) => {
                let kept = JobError::plain("jobs::Error", &error.to_string());
                transition::failed(self.job, &self.facts(), &error, kept)
            }
        }
    }

    /// The end that is written already.
    pub(super) fn committed(&self) -> Option<(Finish, Ack)> {
        let mut committed = self
            .committed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        committed.take()
    }

    /// A hook ended without a word while the function was running inside it: that run is lost.
    fn dropped_by_hook(&self) -> (Ruling, Outcome) {
        let error = Panicked {
            message: "an `around_perform` hook dropped the execution".into(),
        };
        let facts = self.facts();
        let ruling = transition::failed(self.job, &facts, &error, JobError::of(&error));
        let outcome = outcome(&ruling, &facts, Duration::ZERO);
        (ruling, outcome)
    }

    /// A `before_perform` hook failed: as if the function had returned that.
    fn refused(&self, error: &BoxError) -> Ruling {
        let facts = self.facts();
        match execution::end_in(&**error) {
            Some(end) => transition::chosen(self.job, &facts, end),
            None => {
                let kept = JobError::seen("before_perform", &ErrorView::Error(&**error, None));
                transition::failed(self.job, &facts, &**error, kept)
            }
        }
    }

    fn rule(&self, called: Called, note: impl FnOnce() -> Option<String>) -> Ruling {
        let (job, facts) = (self.job, self.facts());
        match called {
            Called::Returned(Ok(output)) => {
                match execution::encode(&*output, self.shared.jobs.inner().limits.output) {
                    Ok(json) => transition::succeeded(job, &facts, json, note()),
                    Err(error) => {
                        let kept = JobError::plain("jobs::Output", &error.to_string());
                        transition::failed(job, &facts, &*error, kept)
                    }
                }
            }
            Called::Returned(Err(failure)) => execution::look(failure, |failed| match failed {
                Failed::Chose(end) => transition::chosen(job, &facts, end),
                Failed::Error(error, kept) => transition::failed(job, &facts, error, kept),
            }),
            Called::Stopped(Stop::Chose(end)) => transition::chosen(job, &facts, end),
            Called::Stopped(Stop::Park { until, on }) => transition::parked(&facts, until, on),
            Called::Stopped(Stop::Failed(error)) => {
                transition::failed(job, &facts, &error, JobError::of(&error))
            }
            Called::Stopped(Stop::Yield) => transition::yielded(),
            Called::Panicked(error) => {
                transition::failed(job, &facts, &error, JobError::of(&error))
            }
            Called::TimedOut(error) => {
                transition::failed(job, &facts, &error, JobError::of(&error))
            }
            Called::Unready(Unready::Arguments(error)) => {
                transition::unreadable(job, &facts, &error, UNREADABLE_GRACE)
            }
            Called::Unbegun(error) => {
                let kept = JobError::plain("jobs::Error", &error.to_string());
                transition::failed(job, &facts, &error, kept)
            }
            Called::Unready(error) => transition::failed(job, &facts, &error, JobError::of(&error)),
            Called::Refused(error) => self.refused(&error),
        }
    }
}

/// Checkpoints that no code has used, though the job has come to its end: they stay with the record, which says so.
fn left_over(job: &'static JobDef, ctx: &JobContext) -> Option<String> {
    let unused = ctx.journal().unused();
    if unused.is_empty() {
        return None;
    }
    let names = unused.join("`, `");
    tracing::warn!(
        job = job.name,
        id = %ctx.id(),
        checkpoints = %names,
        "stored checkpoints were not used: the code that wrote them is gone or has other names"
    );
    Some(format!(
        "stored checkpoints that the code did not use: `{names}`"
    ))
}

/// What hooks are shown of a ruling.
fn outcome(ruling: &Ruling, facts: &Facts<'_>, took: Duration) -> Outcome {
    let at = |wait: Duration| {
        let wait = TimeDelta::from_std(wait).unwrap_or_default();
        facts.now.checked_add_signed(wait).unwrap_or(facts.now)
    };
    let disposition = match &ruling.next {
        Next::End(End {
            state: State::Succeeded,
            ..
        }) => Disposition::Done,
        Next::End(End {
            state: State::Dead, ..
        }) => Disposition::Dead,
        Next::End(_) => Disposition::Discarded,
        Next::Retry { after, .. } => Disposition::RetryAt(at(*after)),
        Next::Block {
            on: BlockedOn::Unreadable(wait),
            ..
        } => Disposition::RetryAt(at(*wait)),
        Next::Park { .. } => Disposition::Parked,
        Next::PutBack | Next::Crashed { .. } | Next::Block { .. } => {
            Disposition::RetryAt(facts.now)
        }
    };
    Outcome {
        error: ruling.error().cloned(),
        disposition,
        took,
    }
}
