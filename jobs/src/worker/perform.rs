//! One execution: its hooks, its call, and the ruling on how that ended.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use futures_core::future::BoxFuture;

use super::{
    execute::{self, UNREADABLE_GRACE},
    lifecycle::Shared,
};
use crate::{
    context::{Invocation, JobContext},
    definition::{ErrorView, JobDef},
    error::BoxError,
    execution::{self, Called, Core, Failed, Nest, calmly},
    failure::{JobError, Panicked, Unready},
    hooks::{Disposition, Outcome},
    record::State,
    storage::{BlockedOn, Claimed, End, Next},
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
        let ruling = self.rule(called);
        let outcome = outcome(&ruling, &self.facts(), began.elapsed());
        *self.ruled.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((ruling, outcome.clone()));
        outcome
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

    fn rule(&self, called: Called) -> Ruling {
        let (job, facts) = (self.job, self.facts());
        match called {
            Called::Returned(Ok(output)) => {
                match execution::encode(&*output, self.shared.jobs.inner().limits.output) {
                    Ok(json) => transition::succeeded(job, &facts, json),
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
            Called::Chose(end) => transition::chosen(job, &facts, end),
            Called::Panicked(error) => {
                transition::failed(job, &facts, &error, JobError::of(&error))
            }
            Called::TimedOut(error) => {
                transition::failed(job, &facts, &error, JobError::of(&error))
            }
            Called::Unready(Unready::Arguments(error)) => {
                transition::unreadable(job, &facts, &error, UNREADABLE_GRACE)
            }
            Called::Unready(error) => transition::failed(job, &facts, &error, JobError::of(&error)),
            Called::Refused(error) => self.refused(&error),
        }
    }
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
