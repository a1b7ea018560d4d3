//! What has changed between two forms of a program's jobs, and whether rows of the old one still run.

use serde::Serialize;

use super::{
    file::{Field, Job, Lock},
    types,
};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Change {
    pub(super) job: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) field: Option<String>,
    pub(super) what: String,
    /// What to do; only where the change breaks rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remedy: Option<String>,
}

impl Change {
    /// Whether rows that are stored would not run, or not as they were meant.
    pub(super) fn breaks(&self) -> bool {
        self.remedy.is_some()
    }

    fn fine(job: &str, what: String) -> Self {
        Self {
            job: job.to_owned(),
            field: None,
            what,
            remedy: None,
        }
    }

    fn breaking(job: &str, what: String, remedy: String) -> Self {
        Self {
            remedy: Some(remedy),
            ..Self::fine(job, what)
        }
    }

    fn of(self, field: &str) -> Self {
        Self {
            field: Some(field.to_owned()),
            ..self
        }
    }
}

/// All differences, by the names of the jobs.
pub(super) fn compare(kept: &Lock, current: &Lock) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, old) in &kept.jobs {
        match heir(name, current) {
            Some((heir, new)) => {
                if heir != name {
                    let what = format!("its jobs are run by `{heir}`, which has it as an alias");
                    changes.push(Change::fine(name, what));
                }
                forms(heir, old, new, &mut changes);
            }
            None => changes.push(gone(name)),
        }
        let lost = old
            .aliases
            .iter()
            .filter(|alias| heir(alias, current).is_none());
        changes.extend(lost.map(|alias| gone(alias)));
    }
    for (name, job) in &current.jobs {
        let known = |name: &String| heir(name, kept).is_some();
        if !known(name) && !job.aliases.iter().any(known) {
            changes.push(Change::fine(name, "is new".to_owned()));
        }
    }
    changes
}

/// The job that runs rows of this name.
fn heir<'a>(name: &str, lock: &'a Lock) -> Option<(&'a str, &'a Job)> {
    let own = lock.jobs.get_key_value(name);
    let found = own.or_else(|| {
        let mut all = lock.jobs.iter();
        all.find(|(_, job)| job.aliases.iter().any(|alias| alias == name))
    });
    found.map(|(name, job)| (name.as_str(), job))
}

fn gone(name: &str) -> Change {
    Change::breaking(
        name,
        "no job of the program has this name".to_owned(),
        format!(
            "write `aliases(\"{name}\")` at the job that took its place, or keep the job until \
             `jobs list --name {name}` shows none that wait"
        ),
    )
}

fn forms(name: &str, old: &Job, new: &Job, changes: &mut Vec<Change>) {
    if new.version < old.version {
        changes.push(Change::breaking(
            name,
            format!(
                "its version went from {} down to {}",
                old.version, new.version
            ),
            format!("write `version = {}` or more", old.version),
        ));
        return;
    }
    if old.upcast && !new.upcast {
        changes.push(Change::breaking(
            name,
            "its `upcast` is gone, and jobs of older versions with it".to_owned(),
            "keep `upcast = …` as long as such jobs may be stored".to_owned(),
        ));
    }
    if new.version > old.version {
        let what = format!("is version {} now, before {}", new.version, old.version);
        changes.push(if new.upcast {
            Change::fine(name, what + "; `upcast` turns older arguments into these")
        } else {
            let remedy = "write `upcast = path::to::fn`, which turns older arguments into these";
            Change::breaking(name, what + " without `upcast`", remedy.to_owned())
        });
        return;
    }
    fields(name, old, new, changes);
}

/// Of one version: each field on its own, and what looks like another name for one.
fn fields(name: &str, old: &Job, new: &Job, changes: &mut Vec<Change>) {
    let upcast = format!("or write `version = {}` with `upcast`", new.version + 1);
    for (field, was) in &old.fields {
        let change = match new.fields.get(field) {
            Some(is) => altered(name, was, is, &upcast),
            None => Some(removed(name, field, was, old, new, &upcast)),
        };
        changes.extend(change.map(|change| change.of(field)));
    }
    for (field, is) in &new.fields {
        if old.fields.contains_key(field) {
            continue;
        }
        let change = if is.required {
            Change::breaking(
                name,
                format!("is new (`{}`), and stored jobs do not have it", is.kind),
                format!("write `#[arg(default)]` or `#[arg(default = …)]` before it, {upcast}"),
            )
        } else {
            Change::fine(name, format!("is new (`{}`), with a default", is.kind))
        };
        changes.push(change.of(field));
    }
}

fn altered(name: &str, was: &Field, is: &Field, upcast: &str) -> Option<Change> {
    if was.kind != is.kind {
        let what = format!("is `{}` now, before `{}`", is.kind, was.kind);
        if !types::reads(&is.kind, &was.kind) {
            let remedy = format!("let it be `{}`, {upcast}", was.kind);
            return Some(Change::breaking(name, what, remedy));
        }
        if was.required || !is.required {
            return Some(Change::fine(name, what + ", which reads what was stored"));
        }
    }
    match (was.required, is.required) {
        (false, true) => Some(Change::breaking(
            name,
            "has no default any more, and stored jobs may lack it".to_owned(),
            format!("keep `#[arg(default)]`, {upcast}"),
        )),
        (true, false) => Some(Change::fine(name, "has a default now".to_owned())),
        _ => None,
    }
}

/// A value that no argument takes is ignored. That is meant where an argument goes; where another comes that reads
/// such values, the value was meant for that one.
fn removed(name: &str, field: &str, was: &Field, old: &Job, new: &Job, upcast: &str) -> Change {
    let mut come = new.fields.iter().filter(|(field, is)| {
        !old.fields.contains_key(*field) && types::reads(&is.kind, &was.kind)
    });
    match come.next() {
        Some((other, _)) => Change::breaking(
            name,
            format!("is gone, and `{other}` came; stored values would be lost"),
            format!("write `#[arg(rename = \"{field}\")] {other}`, {upcast}"),
        ),
        None => Change::fine(
            name,
            "is gone; what is stored under it is ignored".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests;
