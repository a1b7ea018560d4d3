//! Whether the program has what a file names: queues, jobs, their arguments. And the pools that come of it.

use jobs_cron::nearest;

use super::{
    settings::{Parts, Task},
    source::Problem,
    tree::{Named, Queues},
};
use crate::{definition::JobDef, queue::Queue, registry::Registry};

pub(super) fn problems(parts: &Parts, registry: &Registry) -> Vec<Problem> {
    let mut found = Vec::new();
    for pool in &parts.pools {
        for name in pool.queues.named() {
            queue(name, registry, &mut found);
        }
    }
    for task in parts.tasks.values() {
        if let Some(name) = &task.queue {
            queue(name, registry, &mut found);
        }
        self::task(task, registry, &mut found);
    }
    found
}

fn queue(name: &Named, registry: &Registry, found: &mut Vec<Problem>) {
    if registry.queue(&name.name).is_some() {
        return;
    }
    let known: Vec<_> = registry.queues().iter().map(Queue::name).collect();
    let message = format!(
        "no `queues!` of this program declares a queue `{}`",
        name.name
    );
    found.push(Problem::new(
        &name.at,
        message,
        suggestion(&name.name, &known),
    ));
}

fn suggestion(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there is none".to_owned(),
        None if known.len() > 20 => format!("there are {}, none of them alike", known.len()),
        None => format!("there are `{}`", known.join("`, `")),
    }
}

fn task(task: &Task, registry: &Registry, found: &mut Vec<Problem>) {
    let place = task.job.as_ref().unwrap_or(&task.named);
    let Some(job) = registry.linked(task.job()) else {
        // One that is switched off may be of code that has gone.
        if task.enabled == Some(false) && task.job.is_none() {
            return;
        }
        let known: Vec<_> = registry.jobs().iter().map(|job| job.name).collect();
        let mut help = suggestion(task.job(), &known);
        if task.job.is_none() {
            help = format!("name it with `job = \"…\"`; {help}");
        }
        let message = format!("this program has no job `{}`", task.job());
        found.push(Problem::new(&place.at, message, help));
        return;
    };
    let in_code = is_in_code(task, job);
    if task.schedule.is_none() && !in_code && task.enabled != Some(false) {
        let message = format!("the task `{}` does not say when", task.named.name);
        found.push(Problem::new(
            &task.named.at,
            message,
            "write `cron = \"0 9 * * 1\"` or `every = \"5m\"`",
        ));
    }
    if task.args.is_some() || !in_code {
        arguments(task, job, found);
    }
}

/// Whether the code of its job declares a task of this name.
pub(super) fn is_in_code(task: &Task, job: &JobDef) -> bool {
    job.name == task.named.name && job.recurring.is_some()
}

fn arguments(task: &Task, job: &JobDef, found: &mut Vec<Problem>) {
    let given = task.args.as_deref().unwrap_or_default();
    let known: Vec<_> = job.args.iter().map(|arg| arg.name).collect();
    for arg in given {
        let Some(definition) = job.args.iter().find(|known| known.name == arg.name.name) else {
            let message = format!("`{}` has no argument `{}`", job.name, arg.name.name);
            found.push(Problem::new(
                &arg.name.at,
                message,
                suggestion(&arg.name.name, &known),
            ));
            continue;
        };
        if let Err(reason) = (definition.fits)(&arg.json.to_string()) {
            let message = format!(
                "this does not fit the argument `{}` of `{}`",
                definition.name, job.name
            );
            found.push(Problem::new(&arg.at, message, plain(&reason)));
        }
    }
    let missing: Vec<_> = job
        .args
        .iter()
        .filter(|arg| arg.required && given.iter().all(|given| given.name.name != arg.name))
        .map(|arg| format!("`{}`", arg.name))
        .collect();
    if !missing.is_empty() && task.enabled != Some(false) {
        let message = format!(
            "the task `{}` gives `{}` no {}",
            task.named.name,
            job.name,
            missing.join(", ")
        );
        found.push(Problem::new(
            &task.named.at,
            message,
            "write `args = { … = … }`, or give the argument `#[arg(default)]`",
        ));
    }
}

/// What serde says, without the place in JSON that nobody wrote.
fn plain(reason: &str) -> String {
    let end = reason.rfind(" at line ").unwrap_or(reason.len());
    reason[..end].to_owned()
}

/// A pool's queues.
pub(crate) struct Filled {
    pub(crate) queues: Vec<Queue>,
    pub(crate) weighted: bool,
}

impl Parts {
    /// The queues of each pool, in the order of `pools`. Unknown ones were refused before.
    pub(crate) fn filled(&self, registry: &Registry) -> Vec<Filled> {
        let elsewhere = |queue: &Queue| {
            let mut named = self.pools.iter().flat_map(|pool| pool.queues.named());
            named.any(|name| name.name == queue.name())
        };
        let of = |name: &Named| registry.queue(&name.name);
        let fill = |queues: &Queues| match queues {
            Queues::All => Filled {
                queues: registry
                    .queues()
                    .iter()
                    .copied()
                    .filter(|queue| !elsewhere(queue))
                    .collect(),
                weighted: true,
            },
            Queues::InOrder(names) => Filled {
                queues: names.iter().filter_map(of).collect(),
                weighted: false,
            },
            Queues::Weighted(names) => Filled {
                queues: names
                    .iter()
                    .filter_map(|(name, weight)| Some(of(name)?.weighing(*weight)))
                    .collect(),
                weighted: true,
            },
        };
        self.pools.iter().map(|pool| fill(&pool.queues)).collect()
    }
}
