//! The tree of a file, taken apart.

use std::{collections::BTreeMap, time::Duration};

use super::{
    source::Problem,
    tree::{Arg, Entry, Named, Queues, Table, Value},
};
use crate::definition::CatchUp;

/// The longest name of a task, in bytes.
const LONGEST: usize = 120;

/// All that a file says; `None` where it says nothing.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub(crate) database: Database,
    pub(crate) worker: WorkerSettings,
    /// None at all: the code's hold.
    pub(crate) pools: Vec<Pool>,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) retention: Retention,
    pub(crate) limits: Limits,
    pub(crate) tasks: BTreeMap<String, Task>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Database {
    pub(crate) url: Option<String>,
    pub(crate) schema: Option<String>,
    pub(crate) table_prefix: Option<String>,
    pub(crate) migrate: Option<bool>,
    pub(crate) listen_url: Option<String>,
    pub(crate) pgbouncer: Option<bool>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct WorkerSettings {
    pub(crate) shutdown_timeout: Option<Duration>,
    pub(crate) lease: Option<Duration>,
    pub(crate) max_crashes: Option<u32>,
    pub(crate) poll_interval: Option<Duration>,
}

#[derive(Debug, Clone)]
pub(crate) struct Pool {
    pub(crate) name: String,
    pub(crate) queues: Queues,
    pub(crate) concurrency: usize,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Dispatcher {
    pub(crate) batch_size: Option<u32>,
    pub(crate) poll_interval: Option<Duration>,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Retention {
    pub(crate) finished: Option<Duration>,
    pub(crate) dead: Option<Duration>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) max_args_bytes: Option<usize>,
    pub(crate) max_output_bytes: Option<usize>,
}

/// A recurring task. What it does not say is said by the code of its name, if there is one.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    /// Its name, at its place.
    pub(super) named: Named,
    pub(super) job: Option<Named>,
    /// As `Schedule::parse` reads it.
    pub(crate) schedule: Option<String>,
    pub(crate) zone: Option<String>,
    pub(super) args: Option<Vec<Arg>>,
    pub(super) queue: Option<Named>,
    pub(crate) priority: Option<i16>,
    pub(crate) description: Option<String>,
    pub(crate) catch_up: Option<CatchUp>,
    pub(crate) enabled: Option<bool>,
}

impl Parts {
    pub(super) fn new(file: &Table, problems: &mut Vec<Problem>) -> Self {
        let (database, worker) = (file.table("database"), file.table("worker"));
        let (dispatcher, retention) = (file.table("dispatcher"), file.table("retention"));
        let limits = file.table("limits");
        let (pools, recurring) = (file.table("pools"), file.table("recurring"));
        let tasks = recurring.iter().map(|(name, entry)| {
            let task = Task::new(name, entry, problems);
            (name.to_owned(), task)
        });
        Self {
            database: Database {
                url: database.text("url"),
                schema: database.text("schema"),
                table_prefix: database.text("table_prefix"),
                migrate: database.flag("migrate"),
                listen_url: database.text("listen_url"),
                pgbouncer: database.flag("pgbouncer"),
            },
            worker: WorkerSettings {
                shutdown_timeout: worker.time("shutdown_timeout"),
                lease: worker.time("lease"),
                max_crashes: worker.whole("max_crashes"),
                poll_interval: worker.time("poll_interval"),
            },
            tasks: tasks.collect(),
            pools: pools
                .iter()
                .map(|(name, entry)| pool(name, entry))
                .collect(),
            dispatcher: Dispatcher {
                batch_size: dispatcher.whole("batch_size"),
                poll_interval: dispatcher.time("poll_interval"),
            },
            retention: Retention {
                finished: retention.time("finished"),
                dead: retention.time("dead"),
            },
            limits: Limits {
                max_args_bytes: limits.whole("max_args_bytes"),
                max_output_bytes: limits.whole("max_output_bytes"),
            },
        }
    }

    pub(super) fn fixed_differences(&self, other: &Self) -> Vec<&'static str> {
        let (one, two) = (&self.worker, &other.worker);
        let mut found = Vec::new();
        let mut differs = |differs: bool, what| {
            if differs {
                found.push(what);
            }
        };
        differs(self.database != other.database, "database");
        differs(self.limits != other.limits, "limits");
        differs(
            one.shutdown_timeout != two.shutdown_timeout,
            "worker.shutdown_timeout",
        );
        differs(one.lease != two.lease, "worker.lease");
        differs(one.max_crashes != two.max_crashes, "worker.max_crashes");
        found
    }
}

fn inner(entry: &Entry) -> Table {
    match &entry.value {
        Value::Table(table) => table.clone(),
        _ => Table::default(),
    }
}

fn pool(name: &str, entry: &Entry) -> Pool {
    let table = inner(entry);
    let queues = match table.get("queues").map(|entry| &entry.value) {
        Some(Value::Queues(queues)) => queues.clone(),
        _ => Queues::All,
    };
    Pool {
        name: name.to_owned(),
        queues,
        concurrency: table.whole("concurrency").unwrap_or(10),
    }
}

impl Task {
    fn new(name: &str, entry: &Entry, problems: &mut Vec<Problem>) -> Self {
        let table = inner(entry);
        let mut problem = |entry: Option<&Entry>, message: &str, help: &str| {
            problems.extend(entry.map(|entry| Problem::new(&entry.key, message, help)));
        };
        if name.is_empty() || name.len() > LONGEST || name.contains('\0') {
            problem(
                Some(entry),
                "a task's name has 1 to 120 bytes, none of them NUL",
                "",
            );
        }
        let (cron, every) = (table.get("cron"), table.get("every"));
        if cron.is_some() {
            problem(
                every,
                "a task has either `cron` or `every`",
                "keep one of them, or write the period as another `cron`",
            );
        } else if every.is_some() {
            problem(
                table.get("timezone"),
                "a period has no time zone: it is counted from the epoch",
                "remove `timezone`, or write `cron`",
            );
        }
        let schedule = match (
            cron.map(|cron| &cron.value),
            every.map(|every| &every.value),
        ) {
            (Some(Value::Crons(crons)), _) => Some(crons.join(" | ")),
            (_, Some(Value::Time(period))) => {
                Some(crate::schedule::Schedule::every(*period).to_string())
            }
            _ => None,
        };
        let catch_up = table.text("catch_up").map(|word| match word.as_str() {
            "all" => CatchUp::All,
            "none" => CatchUp::None,
            _ => CatchUp::One,
        });
        let args = match table.get("args").map(|entry| &entry.value) {
            Some(Value::Args(args)) => Some(args.clone()),
            _ => None,
        };
        Self {
            named: Named {
                name: name.to_owned(),
                at: entry.key.clone(),
            },
            job: table.named("job"),
            schedule,
            zone: table.text("timezone"),
            args,
            queue: table.named("queue"),
            priority: table.whole("priority"),
            description: table
                .text("description")
                .map(|text| text.replace('\0', "\u{FFFD}")),
            catch_up,
            enabled: table.flag("enabled"),
        }
    }

    /// The name of its job.
    pub(crate) fn job(&self) -> &str {
        self.job.as_ref().map_or(&self.named.name, |job| &job.name)
    }

    pub(crate) fn queue(&self) -> Option<&str> {
        self.queue.as_ref().map(|queue| queue.name.as_str())
    }

    /// One JSON object.
    pub(crate) fn args(&self) -> Option<String> {
        let args = self.args.as_ref()?.iter();
        let args = args.map(|arg| (arg.name.name.clone(), arg.json.clone()));
        Some(serde_json::Value::Object(args.collect()).to_string())
    }
}
