//! The file `jobs.lock`: what it holds, written so that a change is one line.

use std::{collections::BTreeMap, io, path::Path};

use serde::{Deserialize, Serialize};

use super::types;
use crate::{cli::Trouble, definition::JobDef};

/// What this code writes, and the newest it reads.
const FORMAT: u32 = 1;

/// The jobs of a program, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lock {
    format: u32,
    pub(super) jobs: BTreeMap<String, Job>,
}

/// What decides whether a stored row can be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) version: u32,
    pub(super) upcast: bool,
    pub(super) aliases: Vec<String>,
    pub(super) fields: BTreeMap<String, Field>,
}

/// One argument, under its stored name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Field {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) required: bool,
}

impl Lock {
    pub(super) fn of(jobs: &[&JobDef]) -> Self {
        let jobs = jobs.iter().map(|job| (job.name.to_owned(), Job::of(job)));
        Self::new(jobs.collect())
    }

    pub(super) fn new(jobs: BTreeMap<String, Job>) -> Self {
        Self {
            format: FORMAT,
            jobs,
        }
    }
}

impl Job {
    fn of(job: &JobDef) -> Self {
        let fields = job.args.iter().map(|arg| {
            let field = Field {
                kind: types::short((arg.type_name)()),
                required: arg.required,
            };
            (arg.name.to_owned(), field)
        });
        Self {
            version: job.version,
            upcast: job.upcast.is_some(),
            aliases: job.aliases.iter().map(|&name| name.to_owned()).collect(),
            fields: fields.collect(),
        }
    }
}

/// The file, if there is one.
pub(super) fn read(path: &Path) -> Result<Option<Lock>, Trouble> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, "cannot be read", &error)),
    };
    let lock: Lock = serde_json::from_str(&text)
        .map_err(|error| failed(path, "is no file that `lock` wrote", &error))?;
    if lock.format > FORMAT {
        let why = "its format is newer than this program knows";
        return Err(failed(path, why, &lock.format));
    }
    Ok(Some(lock))
}

pub(super) fn write(path: &Path, lock: &Lock) -> Result<(), Trouble> {
    let json = serde_json::to_string_pretty(lock)
        .map_err(|error| failed(path, "cannot be written", &error))?;
    std::fs::write(path, json + "\n").map_err(|error| failed(path, "cannot be written", &error))
}

fn failed(path: &Path, what: &str, why: &dyn std::fmt::Display) -> Trouble {
    Trouble::Failed(format!("{} {what}: {why}", path.display()))
}
