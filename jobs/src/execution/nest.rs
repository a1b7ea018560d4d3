//! The nesting of hooks around an execution: handle, bases outermost first, job. Shared by workers and `perform_now`.

use futures_core::future::BoxFuture;

use super::{
    call::{Called, call},
    calmly,
};
use crate::{
    context::{Invocation, JobContext},
    definition::{AroundPerformFn, Hooks, JobDef, Level, Named},
    error::BoxError,
    failure::{JobError, Panicked},
    handle::{AroundPerform, Jobs},
    hooks::{Next, Outcome},
};

/// What the innermost `next.run()` does.
pub(crate) trait Core: Sync {
    /// Runs `before_perform` hooks and the function.
    fn run<'a>(&'a self, ctx: &'a JobContext) -> BoxFuture<'a, Outcome>;
}

/// The hooks of one job on one handle.
pub(crate) struct Nest<'h> {
    jobs: &'h Jobs,
    job: &'static JobDef,
    levels: Vec<&'static Level>,
}

/// A hook of the handle, or of a level.
enum Around<'h> {
    Handle(&'h dyn for<'a> AroundPerform<'a>),
    Level(&'static Named<AroundPerformFn>),
}

impl<'h> Nest<'h> {
    pub(crate) fn new(jobs: &'h Jobs, job: &'static JobDef) -> Self {
        let mut levels: Vec<_> = job.levels().collect();
        levels.reverse();
        Self { jobs, job, levels }
    }

    /// Runs `core` inside all `around_perform` hooks. One that panics is logged; `core` may then not have run.
    pub(crate) async fn around(&self, ctx: &JobContext, core: &dyn Core) {
        let hooks = self.arounds();
        if hooks.is_empty() {
            core.run(ctx).await;
        } else {
            calmly("around_perform", nested(&hooks, ctx, core)).await;
        }
    }

    fn arounds(&self) -> Vec<Around<'_>> {
        let outer = self
            .jobs
            .inner()
            .hooks
            .around_perform
            .iter()
            .map(|hook| Around::Handle(&**hook));
        outer
            .chain(
                self.each(|hooks| hooks.around_perform)
                    .into_iter()
                    .map(Around::Level),
            )
            .collect()
    }

    /// The hooks of one sort on all levels, from the outside in.
    fn each<F>(&self, pick: fn(&'static Hooks) -> &'static [Named<F>]) -> Vec<&'static Named<F>> {
        self.levels
            .iter()
            .flat_map(|level| pick(&level.hooks))
            .collect()
    }

    /// Runs the `before_perform` hooks and then the function; `invocation` is gone if that was done before.
    pub(crate) async fn call(&self, ctx: &JobContext, invocation: Option<Invocation>) -> Called {
        match (self.before(ctx).await, invocation) {
            (Err(error), _) => Called::Refused(error),
            (Ok(()), Some(invocation)) => call(self.jobs.clone(), self.job, ctx, invocation).await,
            (Ok(()), None) => {
                let message = "an `around_perform` hook ran the execution twice".into();
                Called::Panicked(Panicked { message })
            }
        }
    }

    /// Runs the `before_perform` hooks until one fails.
    async fn before(&self, ctx: &JobContext) -> Result<(), BoxError> {
        for hook in &self.jobs.inner().hooks.before_perform {
            calmly("before_perform", async { hook.call(ctx).await })
                .await
                .unwrap_or(Ok(()))?;
        }
        for hook in self.each(|hooks| hooks.before_perform) {
            calmly(hook.name, async { (hook.call)(ctx).await })
                .await
                .unwrap_or(Ok(()))?;
        }
        Ok(())
    }

    /// Runs the `after_perform` hooks, from the inside out.
    pub(crate) async fn after(&self, ctx: &JobContext, outcome: &Outcome) {
        for hook in self.each(|hooks| hooks.after_perform).into_iter().rev() {
            calmly(hook.name, async { (hook.call)(ctx, outcome).await }).await;
        }
        for hook in &self.jobs.inner().hooks.after_perform {
            calmly("after_perform", async { hook.call(ctx, outcome).await }).await;
        }
    }

    /// Runs the `after_discard` hooks, from the inside out.
    pub(crate) async fn after_discard(&self, ctx: &JobContext, error: &JobError) {
        for hook in self.each(|hooks| hooks.after_discard).into_iter().rev() {
            calmly(hook.name, async { (hook.call)(ctx, error).await }).await;
        }
        for hook in &self.jobs.inner().hooks.after_discard {
            calmly("after_discard", async { hook.call(ctx, error).await }).await;
        }
    }
}

fn nested<'a>(
    hooks: &'a [Around<'_>],
    ctx: &'a JobContext,
    core: &'a dyn Core,
) -> BoxFuture<'a, Outcome> {
    Box::pin(async move {
        let Some((hook, rest)) = hooks.split_first() else {
            return core.run(ctx).await;
        };
        let next = Next {
            inner: nested(rest, ctx, core),
        };
        match hook {
            Around::Handle(hook) => hook.call(ctx, next).await,
            Around::Level(hook) => (hook.call)(ctx, next).await,
        }
    })
}
