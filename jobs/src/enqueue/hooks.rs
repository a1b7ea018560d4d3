//! The hooks of an enqueue: handle, bases, job, from the outside in.

use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
        prepare::settle(jobs, definition.name, &mut info.job)?;
        jobs.inner().may_enqueue()?;
        let inserted = sink.store(info.job.clone()).await?;
        return Ok((info, inserted));
    }
    let nest = Nest {
        jobs,
        definition,
        job: Arc::new(Mutex::new(info.job)),
        went: Mutex::default(),
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
pub(crate) async fn after(jobs: &Jobs, info: &EnqueueInfo) {
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
    Handle(&'static str, &'h dyn for<'a> AroundEnqueue<'a>),
    Level(&'static Named<AroundEnqueueFn>),
}

impl AroundHook<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Handle(name, _) => name,
            Self::Level(hook) => hook.name,
        }
    }
}

fn around_hooks<'h>(jobs: &'h Jobs, levels: &[&'static Level]) -> Vec<AroundHook<'h>> {
    let outer = jobs
        .inner()
        .hooks
        .around_enqueue
        .iter()
        .map(|(name, hook)| AroundHook::Handle(name, &**hook));
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
    went: Mutex<Went>,
}

/// How far it came.
#[derive(Default)]
struct Went {
    /// The hook that was called last: if nothing was stored and nothing failed, it did not run the rest.
    last: &'static str,
    stored: Option<Inserted>,
    /// Why it could not be stored.
    failed: Option<Hidden>,
    /// The innermost hook that said `Ok` all the same.
    hid: Option<&'static str>,
}

/// What is left of an error that a hook took.
struct Hidden {
    error: String,
    transient: bool,
}

impl Nest<'_> {
    fn went(&self) -> MutexGuard<'_, Went> {
        self.went.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self, hooks: &[AroundHook<'_>], sink: &mut dyn Sink) -> Result<Inserted> {
        let ran = calmly("around_enqueue", self.nested(hooks, sink)).await;
        if let Some(stored) = self.went().stored {
            return Ok(stored);
        }
        match ran {
            Some(Err(error)) => Err(error),
            Some(Ok(())) => {
                let went = std::mem::take(&mut *self.went());
                Err(match went.failed {
                    Some(Hidden { error, transient }) => Error::NotStored {
                        by: went.hid.unwrap_or(went.last).to_owned(),
                        error,
                        transient,
                    },
                    None => Error::Halted {
                        by: went.last.to_owned(),
                        reason: None,
                    },
                })
            }
            // A hook that panicked before it ran the rest changes nothing.
            None => self.store(sink).await,
        }
    }

    fn nested<'a>(
        &'a self,
        hooks: &'a [AroundHook<'_>],
        sink: &'a mut dyn Sink,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let Some((hook, rest)) = hooks.split_first() else {
                return self.store(sink).await.map(drop);
            };
            self.went().last = hook.name();
            let mut info = EnqueueInfo::sharing(self.definition, &self.job);
            let next = NextEnqueue {
                inner: self.nested(rest, sink),
            };
            let said = match hook {
                AroundHook::Handle(_, hook) => hook.call(&mut info, next).await,
                AroundHook::Level(hook) => (hook.call)(&mut info, next).await,
            };
            let mut went = self.went();
            if said.is_ok() && went.failed.is_some() {
                went.hid.get_or_insert(hook.name());
            }
            drop(went);
            said
        })
    }

    async fn store(&self, sink: &mut dyn Sink) -> Result<Inserted> {
        let mut job = self
            .job
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let stored = match prepare::settle(self.jobs, self.definition.name, &mut job) {
            Ok(()) => match self.jobs.inner().may_enqueue() {
                Ok(()) => sink.store(job).await,
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        let mut went = self.went();
        match &stored {
            Ok(inserted) => went.stored = Some(*inserted),
            Err(error) => {
                went.failed = Some(Hidden {
                    error: error.to_string(),
                    transient: error.is_transient(),
                })
            }
        }
        stored
    }
}
