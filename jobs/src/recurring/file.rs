//! Tasks that a file of settings declares, and what it says of those that code declares.

use std::collections::BTreeMap;

use super::tick::{declaration, enabled};
use crate::{
    config::Task,
    error::{Error, Result},
    handle::Jobs,
    registry::Registry,
    schedule::Schedule,
    storage::TaskDecl,
};

/// The tasks of the handle's file.
pub(super) fn tasks(jobs: &Jobs) -> BTreeMap<String, Task> {
    let settings = jobs.inner().live.get();
    let config = settings.config.as_ref();
    config.map_or_else(BTreeMap::new, |config| config.parts().tasks.clone())
}

/// Whether the file declares a task of this name. What it does not say of `enabled` is for code to say.
pub(super) fn declares(jobs: &Jobs, name: &str) -> bool {
    let registry = &jobs.inner().registry;
    tasks(jobs)
        .get(name)
        .is_some_and(|task| is_enabled(registry, name, task))
}

/// As it is stored; `None` if it is switched off.
pub(super) fn declared(registry: &Registry, name: &str, task: &Task) -> Result<Option<TaskDecl>> {
    if !is_enabled(registry, name, task) {
        return Ok(None);
    }
    let job = registry
        .linked(task.job())
        .ok_or_else(|| Error::UnknownJob {
            name: task.job().to_owned(),
        })?;
    let code = job.recurring.as_ref().filter(|_| job.name == name);
    let code = code
        .map(|code| declaration(registry, job, code))
        .transpose()?;
    let fallback = |pick: fn(&TaskDecl) -> &String| code.as_ref().map(|code| pick(code).clone());
    let text = task
        .schedule
        .clone()
        .or_else(|| fallback(|code| &code.schedule));
    let zone = task.zone.clone().or_else(|| {
        // A zone belongs to its schedule.
        fallback(|code| &code.zone).filter(|_| task.schedule.is_none())
    });
    let zone = zone.unwrap_or_else(|| "UTC".to_owned());
    let schedule = Schedule::parse(&text.unwrap_or_default(), zone.as_str())?;
    Ok(Some(TaskDecl {
        name: name.to_owned(),
        kind: registry.kind(job)?,
        version: job.version,
        args: task
            .args()
            .or_else(|| fallback(|code| &code.args))
            .unwrap_or_else(|| "{}".to_owned()),
        schedule: schedule.to_string(),
        zone: schedule.zone().to_owned(),
        description: task
            .description
            .clone()
            .or_else(|| code.as_ref()?.description.clone()),
        catch_up: task
            .catch_up
            .unwrap_or_else(|| code.as_ref().map(|code| code.catch_up).unwrap_or_default()),
        queue: task.queue().map(str::to_owned),
        priority: task.priority,
    }))
}

fn is_enabled(registry: &Registry, name: &str, task: &Task) -> bool {
    task.enabled.unwrap_or_else(|| {
        let job = registry.linked(task.job()).filter(|job| job.name == name);
        let code = job.and_then(|job| Some((job, job.recurring.as_ref()?)));
        code.is_none_or(|(job, code)| enabled(job, code))
    })
}
