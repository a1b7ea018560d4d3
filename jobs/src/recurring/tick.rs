//! One round of a scheduler. Any number of them do this at once: what one has settled, another finds settled.

use std::time::Duration;

use super::plan::{Plan, plan};
use crate::{
    clock,
    definition::{JobDef, RecurringDef},
    enqueue::{Gather, Options, Prepared, after_hooks, through_hooks},
    error::{Error, Result},
    handle::Jobs,
    panics,
    payload::ArgsWriter,
    registry::Registry,
    schedule::Schedule,
    storage::{Declarer, DueTasks, Inserted, RunAt, Task, TaskDecl, Tick, Wake, WorkerId},
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
        .filter(|(job, recurring)| enabled(job, recurring))
}

/// What its code says of `enabled`.
pub(super) fn enabled(job: &JobDef, recurring: &RecurringDef) -> bool {
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
}

/// Whether the code of this program, or its file of settings, declares a task of this name.
pub(super) fn declares(jobs: &Jobs, name: &str) -> bool {
    #[cfg(feature = "config")]
    if super::file::tasks(jobs).contains_key(name) {
        return super::file::declares(jobs, name);
    }
    in_code(&jobs.inner().registry).any(|(job, _)| job.name == name)
}

/// What code declares, and the file of settings over it.
fn declarations(jobs: &Jobs) -> Result<Vec<TaskDecl>> {
    let registry = &jobs.inner().registry;
    #[cfg(feature = "config")]
    let file = super::file::tasks(jobs);
    #[cfg(not(feature = "config"))]
    let file = std::collections::BTreeMap::<String, ()>::new();
    let code = in_code(registry).filter(|(job, _)| !file.contains_key(job.name));
    let tasks = code
        .map(|(job, recurring)| declaration(registry, job, recurring))
        .collect::<Result<Vec<_>>>()?;
    #[cfg(feature = "config")]
    let tasks = {
        let (mut tasks, file) = (tasks, &file);
        for (name, task) in file {
            tasks.extend(super::file::declared(registry, name, task)?);
        }
        tasks
    };
    Ok(tasks)
}

/// Stores what code and file declare. For a worker it holds, and is noted as declared by it, and nothing else is.
pub(crate) async fn declare(
    jobs: &Jobs,
    worker: Option<WorkerId>,
    again: bool,
) -> Result<Vec<String>> {
    let inner = jobs.inner();
    let tasks = declarations(jobs)?;
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
                Some(worker) if !noted.is_empty() || again => {
                    storage.note_tasks(worker, noted).await
                }
                _ => Ok(()),
            }
        })
        .await?;
    Ok(names)
}

pub(super) fn declaration(
    registry: &Registry,
    job: &JobDef,
    recurring: &RecurringDef,
) -> Result<TaskDecl> {
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
        queue: None,
        priority: None,
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
            place(
                &inner.registry,
                &mut prepared.options,
                task.decl.queue.as_deref(),
                task.decl.priority,
            );
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
            jobs.enqueued(info.definition, &info.job, Inserted::New, true);
            after_hooks(jobs, info).await;
        }
    }
    Ok(true)
}

/// Where a task's jobs go, if it says so.
pub(super) fn place(
    registry: &Registry,
    options: &mut Options,
    queue: Option<&str>,
    priority: Option<i16>,
) {
    options.priority = priority;
    let Some(name) = queue else { return };
    options.queue = registry.queue(name);
    if options.queue.is_none() {
        tracing::warn!(
            queue = name,
            "a recurring task names a queue that this code does not declare: its jobs go to their own"
        );
    }
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
