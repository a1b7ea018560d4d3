//! The hooks of an enqueue: handle, bases, job, from the outside in.

use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex, PoisonError},
};

use futures_core::future::BoxFuture;

use super::{EnqueueInfo, NextEnqueue, Sink, prepare};
use crate::{
    definition::{AroundEnqueueFn, Hooks, JobDef, Level, Named},
    error::{Error, Result},
    execution::calmly,
    handle::{AroundEnqueue, Jobs},
    storage::{Inserted, NewJob},
};

/// Runs the hooks before and around storing one job.
pub(super) async fn around(
    jobs: &Jobs,
    mut info: EnqueueInfo,
    sink: &mut dyn Sink,
) -> Result<(EnqueueInfo, Inserted)> {
    let definition = info.definition;
    let levels = outside_in(definition);
    before(jobs, &levels, &mut info).await?;
    let hooks = around_hooks(jobs, &levels);
    if hooks.is_empty() {
        prepare::check_tags(jobs, definition.name, &info.job)?;
        let inserted = sink.store(info.job.clone()).await?;
        return Ok((info, inserted));
    }
    let nest = Nest {
        jobs,
        definition,
        job: Arc::new(Mutex::new(info.job)),
        stored: Arc::default(),
    };
    let inserted = nest.run(&hooks, sink).await?;
    Ok((EnqueueInfo::sharing(definition, &nest.job), inserted))
}

/// Bases before the job.
fn outside_in(definition: &'static JobDef) -> Vec<&'static Level> {
    let mut levels: Vec<_> = definition.levels().collect();
    levels.reverse();
    levels
}

/// The hooks of one sort on all levels, from the outside in.
fn each<F>(
    levels: &[&'static Level],
    pick: fn(&'static Hooks) -> &'static [Named<F>],
) -> Vec<&'static Named<F>> {
    levels.iter().flat_map(|level| pick(&level.hooks)).collect()
}

async fn before(jobs: &Jobs, levels: &[&'static Level], info: &mut EnqueueInfo) -> Result<()> {
    for (name, hook) in &jobs.inner().hooks.before_enqueue {
        halted(name, calmly(name, async { hook.call(info).await }).await)?;
    }
    for hook in each(levels, |hooks| hooks.before_enqueue) {
        halted(
            hook.name,
            calmly(hook.name, async { (hook.call)(info).await }).await,
        )?;
    }
    Ok(())
}

fn halted(name: &str, said: Option<ControlFlow<crate::hooks::Halt>>) -> Result<()> {
    match said {
        Some(ControlFlow::Break(halt)) => Err(Error::Halted {
            by: name.to_owned(),
            reason: halt.reason.map(std::borrow::Cow::into_owned),
        }),
        Some(ControlFlow::Continue(())) | None => Ok(()),
    }
}

/// Runs the `after_enqueue` hooks of a job that is stored, from the inside out.
pub(super) async fn after(jobs: &Jobs, info: &EnqueueInfo) {
    let levels = outside_in(info.definition);
    for hook in each(&levels, |hooks| hooks.after_enqueue).into_iter().rev() {
        calmly(hook.name, async { (hook.call)(info).await }).await;
    }
    for hook in &jobs.inner().hooks.after_enqueue {
        calmly("after_enqueue", async { hook.call(info).await }).await;
    }
}

/// A hook of the handle, or of a level.
enum AroundHook<'h> {
    Handle(&'h dyn for<'a> AroundEnqueue<'a>),
    Level(&'static Named<AroundEnqueueFn>),
}

fn around_hooks<'h>(jobs: &'h Jobs, levels: &[&'static Level]) -> Vec<AroundHook<'h>> {
    let outer = jobs
        .inner()
        .hooks
        .around_enqueue
        .iter()
        .map(|hook| AroundHook::Handle(&**hook));
    let inner = each(levels, |hooks| hooks.around_enqueue)
        .into_iter()
        .map(AroundHook::Level);
    outer.chain(inner).collect()
}

/// One enqueue inside `around_enqueue` hooks.
struct Nest<'h> {
    jobs: &'h Jobs,
    definition: &'static JobDef,
    job: Arc<Mutex<NewJob>>,
    stored: Arc<Mutex<Option<Inserted>>>,
}

impl Nest<'_> {
    async fn run(&self, hooks: &[AroundHook<'_>], sink: &mut dyn Sink) -> Result<Inserted> {
        let ran = calmly("around_enqueue", self.nested(hooks, sink)).await;
        if let Some(stored) = *self.stored.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(stored);
        }
        match ran {
            Some(Err(error)) => Err(error),
            Some(Ok(())) => Err(Error::Halted {
                by: "around_enqueue".into(),
                reason: None,
            }),
            // A hook that panicked before it ran the rest changes nothing.
            None => {
                self.store(sink).await?;
                let stored = *self.stored.lock().unwrap_or_else(PoisonError::into_inner);
                stored.ok_or(Error::Closed)
            }
        }
    }

    fn nested<'a>(
        &'a self,
        hooks: &'a [AroundHook<'_>],
        sink: &'a mut dyn Sink,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let Some((hook, rest)) = hooks.split_first() else {
                return self.store(sink).await;
            };
            let mut info = EnqueueInfo::sharing(self.definition, &self.job);
            let next = NextEnqueue {
                inner: self.nested(rest, sink),
            };
            match hook {
                AroundHook::Handle(hook) => hook.call(&mut info, next).await,
                AroundHook::Level(hook) => (hook.call)(&mut info, next).await,
            }
        })
    }

    async fn store(&self, sink: &mut dyn Sink) -> Result<()> {
        let job = self
            .job
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        prepare::check_tags(self.jobs, self.definition.name, &job)?;
        let inserted = sink.store(job).await?;
        *self.stored.lock().unwrap_or_else(PoisonError::into_inner) = Some(inserted);
        Ok(())
    }
}
