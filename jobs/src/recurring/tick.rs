//! One round of a scheduler. Any number of them do this at once: what one has settled, another finds settled.

use std::time::Duration;

use super::plan::{Plan, plan};
use crate::{
    clock,
    definition::{JobDef, RecurringDef},
    enqueue::{Gather, Prepared, after_hooks, through_hooks},
    error::{Error, Result},
    handle::Jobs,
    panics,
    payload::ArgsWriter,
    registry::Registry,
    schedule::Schedule,
    storage::{Declarer, DueTasks, RunAt, Task, TaskDecl, Tick, Wake, WorkerId},
};

/// So many tasks are looked at in one step.
const BATCH: u32 = 100;
/// A task that cannot be planned by this code is looked at again after so long.
const AGAIN: Duration = Duration::from_secs(10);

/// The jobs whose code declares a task, those that say `enabled = …` only if it says so.
pub(crate) fn in_code(
    registry: &Registry,
) -> impl Iterator<Item = (&'static JobDef, &RecurringDef)> {
    registry
        .jobs()
        .iter()
        .filter_map(|job| Some((*job, job.recurring.as_ref()?)))
        .filter(|(job, recurring)| {
            let Some(enabled) = recurring.enabled else {
                return true;
            };
            panics::catch(enabled).unwrap_or_else(|panicked| {
                tracing::error!(
                    job = job.name,
                    message = panicked.message,
                    "`enabled` panicked: the task is not declared"
                );
                false
            })
        })
}

/// Whether the code of this program declares a task of this name.
pub(super) fn declares(jobs: &Jobs, name: &str) -> bool {
    in_code(&jobs.inner().registry).any(|(job, _)| job.name == name)
}

/// Stores what code declares. For a worker it holds, and is noted as declared by it.
pub(crate) async fn declare(jobs: &Jobs, worker: Option<WorkerId>) -> Result<Vec<String>> {
    let inner = jobs.inner();
    let tasks = in_code(&inner.registry)
        .map(|(job, recurring)| declaration(&inner.registry, job, recurring))
        .collect::<Result<Vec<_>>>()?;
    let names: Vec<_> = tasks.iter().map(|task| task.name.clone()).collect();
    let (now, noted) = (inner.clock.now(), names.clone());
    inner
        .store
        .call(move |storage| async move {
            if !tasks.is_empty() {
                let by = worker.map_or(Declarer::Handle, |_| Declarer::Worker);
                storage.declare_tasks(tasks, by, now).await?;
            }
            match worker {
                Some(worker) if !noted.is_empty() => storage.note_tasks(worker, noted).await,
                _ => Ok(()),
            }
        })
        .await?;
    Ok(names)
}

fn declaration(registry: &Registry, job: &JobDef, recurring: &RecurringDef) -> Result<TaskDecl> {
    let args = panics::catch(|| {
        let mut args = ArgsWriter::new();
        (recurring.args)(&mut args);
        args
    });
    let args = args.map_err(|panicked| Error::Encode {
        job: job.name,
        argument: "args",
        source: serde::ser::Error::custom(panicked.message),
    })?;
    // The attribute was checked by the compiler; this reads it with the zones of this build.
    let schedule = Schedule::parse(recurring.schedule, recurring.zone)?;
    Ok(TaskDecl {
        name: job.name.to_owned(),
        kind: registry.kind(job)?,
        version: job.version,
        args: args.finish().map_err(|(argument, source)| Error::Encode {
            job: job.name,
            argument,
            source,
        })?,
        schedule: schedule.to_string(),
        zone: schedule.zone().to_owned(),
        description: recurring.description.map(str::to_owned),
        catch_up: recurring.catch_up,
    })
}

/// Enqueues what is due; how long until there is more.
pub(crate) async fn round(jobs: &Jobs, names: &[String]) -> Result<Option<Duration>> {
    let inner = jobs.inner();
    let kinds: Vec<_> = inner
        .registry
        .known()
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    loop {
        let (kinds, names, now) = (kinds.clone(), names.to_vec(), inner.clock.now());
        let due = inner
            .store
            .call(move |storage| async move { storage.due_tasks(kinds, names, BATCH, now).await })
            .await?;
        if due.tasks.is_empty() {
            return Ok(due.next_in);
        }
        if !settle(jobs, &due).await? {
            return Ok(Some(due.next_in.map_or(AGAIN, |next| next.min(AGAIN))));
        }
    }
}

/// Settles what is due; false if none of it can be.
async fn settle(jobs: &Jobs, due: &DueTasks) -> Result<bool> {
    let inner = jobs.inner();
    let (mut ticks, mut infos, mut wakes) = (Vec::new(), Vec::new(), Vec::new());
    for task in &due.tasks {
        let name = &task.decl.name;
        let Some(definition) = inner.registry.job(task.decl.kind) else {
            continue;
        };
        let schedule = match Schedule::parse(&task.decl.schedule, &task.decl.zone) {
            Ok(schedule) => schedule,
            Err(error) => {
                tracing::error!(task = name.as_str(), %error, "newer code may have stored this recurring task: it does not tick here");
                continue;
            }
        };
        let plan = plan(&schedule, task.decl.catch_up, task.base, due.now);
        if plan.left_out {
            tracing::warn!(
                task = name.as_str(),
                "more ticks were missed than are caught up: the latest {} are enqueued",
                plan.ticks.len()
            );
        }
        let mut gathered = Gather(Vec::new());
        for tick in &plan.ticks {
            let mut prepared = Prepared::encoded(definition, task.decl.args.clone());
            prepared.options.run_at = RunAt::At(*tick);
            prepared.version = Some(task.decl.version);
            match through_hooks(jobs, prepared, &mut gathered).await {
                Ok((info, _)) => infos.push((ticks.len(), info)),
                Err(Error::Halted { by, .. }) => {
                    tracing::info!(task = name.as_str(), by, "a tick was halted");
                }
                Err(error) => {
                    tracing::error!(task = name.as_str(), %error, "a tick cannot be enqueued, and is left out");
                }
            }
        }
        wakes.extend(gathered.0.iter().map(|job| job.queue.clone()));
        ticks.push(tick(task, plan, gathered.0));
    }
    if ticks.is_empty() {
        return Ok(false);
    }
    let now = inner.clock.now();
    let settled = inner
        .store
        .call(move |storage| async move { storage.settle_ticks(ticks, now).await })
        .await?;
    if !wakes.is_empty() {
        wakes.sort_unstable();
        wakes.dedup();
        inner.wakes.everywhere(vec![Wake::Ready(wakes)]);
    }
    for (at, info) in &infos {
        if settled.get(*at) == Some(&true) {
            after_hooks(jobs, info).await;
        }
    }
    Ok(true)
}

fn tick(task: &Task, plan: Plan, jobs: Vec<crate::storage::NewJob>) -> Tick {
    Tick {
        name: task.decl.name.clone(),
        seen: task.base,
        base: plan.base,
        next_tick: clock::storable(plan.next),
        ticked: plan.ticks.last().copied(),
        jobs,
    }
}
