//! What can be said on the command line.

use std::{net::SocketAddr, path::PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::{
    inspect::Filter,
    record::{JobId, State},
    workflow::BatchId,
};

const CODES: &str = "Exit codes: 0 done; 1 failed; 2 usage; 3 not found; 4 refused, as the job's state does not \
    allow it; 5 doctor found something; 6 `check FILE` or `lock --check` found something.";

/// Looks at a job database, and mends it.
#[derive(Debug, Parser)]
#[command(name = "jobs", version, about = "Looks at a job database, and mends it", after_help = CODES, max_term_width = 100)]
pub(super) struct Cli {
    /// Prints JSON instead of tables.
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Does not ask before many jobs are changed.
    #[arg(long, short, global = true)]
    pub(super) yes: bool,
    /// The database: sqlite://path or postgres://user@host/name. Also JOBS_DATABASE_URL or DATABASE_URL.
    #[arg(long, global = true, value_name = "URL")]
    pub(super) database_url: Option<String>,
    /// The schema, where the database has schemas; else `jobs`.
    #[arg(long, global = true, env = "JOBS_SCHEMA", hide_env_values = true)]
    pub(super) schema: Option<String>,
    /// What the names of the tables begin with, where it has none.
    #[arg(
        long,
        global = true,
        env = "JOBS_TABLE_PREFIX",
        hide_env_values = true,
        value_name = "PREFIX"
    )]
    pub(super) table_prefix: Option<String>,
    /// Who acts, for the log of what was done by hand; else the user's name.
    #[arg(
        long,
        global = true,
        env = "JOBS_ACTOR",
        hide_env_values = true,
        value_name = "NAME"
    )]
    pub(super) actor: Option<String>,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Makes a new project: a program with one job, its tests and its settings.
    Init(Init),
    /// Creates the tables, or brings them up to date.
    Migrate,
    /// Checks a file of settings, without a database; or that a database is reached and its tables are up to date.
    Check(Check),
    /// Counts, queues, throughput, workers.
    Status,
    /// Jobs, newest first.
    List(List),
    /// All that is kept of one job.
    Show {
        /// The job.
        id: JobId,
    },
    /// Why a job does not run now.
    Why {
        /// The job.
        id: JobId,
    },
    /// Enqueues a job by its name.
    Enqueue(Enqueue),
    /// Runs scheduled jobs now, and dead ones anew.
    Retry(Which),
    /// Ends jobs that wait, and asks running ones to end.
    Cancel(Which),
    /// Ends jobs that wait or are dead, as discarded.
    Discard(Which),
    /// Removes the records of jobs that have ended.
    Delete(Which),
    /// Enqueues a copy of a job.
    RunAgain {
        /// The job.
        id: JobId,
    },
    /// Gives a job that waits or is dead other arguments.
    Edit {
        /// The job.
        id: JobId,
        /// The arguments, one JSON object. What stands as `[redacted]` stays.
        args: String,
        /// Runs it soon.
        #[arg(long)]
        retry: bool,
    },
    /// Dead letters, by what killed them.
    Dead {
        #[command(subcommand)]
        action: Option<Dead>,
    },
    /// Queues with size and latency.
    Queues,
    /// Lets no worker take jobs from a queue.
    Pause {
        /// The queue.
        queue: String,
    },
    /// Lets workers take jobs from it again.
    Resume {
        /// The queue.
        queue: String,
    },
    /// Cancels the ready jobs of a queue.
    Clear {
        /// The queue.
        queue: String,
    },
    /// Recurring tasks.
    Cron {
        #[command(subcommand)]
        action: Option<Cron>,
    },
    /// Workers, and what they run.
    Workers {
        #[command(subcommand)]
        action: Option<Workers>,
    },
    /// What was done by hand, and by whom.
    Audit {
        /// At most so many entries.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// A live view; q leaves it.
    Top {
        /// Seconds between looks.
        #[arg(long, default_value_t = 1.0, value_parser = seconds)]
        every: f64,
    },
    /// Measures how fast jobs of no effect are enqueued and written as ended, in a queue of their own.
    Bench {
        /// So many jobs.
        #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        jobs: u32,
    },
    /// Looks for trouble, and says what to do about it.
    Doctor,
    /// Serves the dashboard until it is stopped by a signal.
    Web(Web),
    /// Writes the form of every job's arguments into a file; --check compares it with the code.
    Lock(Lock),
    /// Runs jobs until it is stopped by a signal.
    Work(Work),
    /// Prints completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Prints the manual page, or writes one for each command into a folder.
    Man {
        /// The folder.
        directory: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The project's name, or a path that ends in it; its folder is new or empty.
    #[arg(value_name = "NAME")]
    pub(super) folder: PathBuf,
    /// Keeps the jobs in Postgres; else in a file of SQLite.
    #[arg(long)]
    pub(super) postgres: bool,
    /// Takes the crate from a checkout of its source, not from a registry.
    #[arg(long, hide = true, value_name = "CHECKOUT")]
    pub(super) path: Option<PathBuf>,
}

/// Which jobs are listed.
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    pub(super) filter: Matching,
    /// At most so many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) limit: u32,
    /// Where a page before ended.
    #[arg(long, value_name = "ID")]
    pub(super) from: Option<JobId>,
}

/// What jobs must have.
#[derive(Debug, Args, Clone, Default)]
pub(super) struct Matching {
    /// In this state; may be repeated, or a list with commas.
    #[arg(long = "state", value_name = "STATE", value_delimiter = ',', value_parser = state)]
    pub(super) states: Vec<State>,
    /// With this very name.
    #[arg(long)]
    pub(super) name: Option<String>,
    /// In this queue.
    #[arg(long)]
    pub(super) queue: Option<String>,
    /// With this very tag.
    #[arg(long)]
    pub(super) tag: Option<String>,
    /// With this text in the JSON of their arguments.
    #[arg(long, value_name = "TEXT")]
    pub(super) args: Option<String>,
    /// With this text in the error of any attempt.
    #[arg(long, value_name = "TEXT")]
    pub(super) error: Option<String>,
    /// Enqueued at or after this time (RFC 3339), or so long ago (2h, 3d).
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) since: Option<DateTime<Utc>>,
    /// Enqueued before this time, or so long ago.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) until: Option<DateTime<Utc>>,
    /// Members of this batch, or of this stage of a chain.
    #[arg(long, value_name = "ID")]
    pub(super) batch: Option<BatchId>,
}

impl Matching {
    pub(super) fn filter(self) -> Filter {
        Filter {
            states: self.states,
            name: self.name,
            queue: self.queue,
            tag: self.tag,
            args: self.args,
            error: self.error,
            since: self.since,
            until: self.until,
            batch: self.batch,
        }
    }
}

/// To which jobs something is done.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// These jobs.
    #[arg(conflicts_with = "all")]
    pub(super) ids: Vec<JobId>,
    /// All that match, of those whose state allows it.
    #[arg(long, required_unless_present = "ids")]
    pub(super) all: bool,
    #[command(flatten)]
    pub(super) filter: Matching,
}

#[derive(Debug, Args)]
pub(super) struct Enqueue {
    /// The job's stored name.
    pub(super) name: String,
    /// Its arguments, one JSON object.
    #[arg(default_value = "{}")]
    pub(super) args: String,
    /// Its queue; else the job's own.
    #[arg(long)]
    pub(super) queue: Option<String>,
    /// Its priority; else the job's own.
    #[arg(long, allow_negative_numbers = true)]
    pub(super) priority: Option<i16>,
    /// When it is due (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub(super) at: Option<DateTime<Utc>>,
    /// A tag besides the job's own; may be repeated.
    #[arg(long = "tag", value_name = "TAG")]
    pub(super) tags: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Dead {
    /// Groups of dead letters, the largest first.
    List,
    /// Runs dead jobs anew.
    Retry(Letters),
    /// Ends dead jobs as discarded.
    Discard(Letters),
}

/// Which dead letters.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Letters {
    /// A group's fingerprint, or a job's id.
    #[arg(value_name = "FINGERPRINT|ID")]
    pub(super) of: Option<String>,
    /// All that are not resolved.
    #[arg(long)]
    pub(super) all: bool,
    /// All with this text in message or chain, in any case.
    #[arg(long, value_name = "TEXT")]
    pub(super) error: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Cron {
    /// All tasks by name.
    List,
    /// Enqueues a task's job now.
    Run {
        /// The task.
        name: String,
    },
    /// Lets a task make no tick.
    Pause {
        /// The task.
        name: String,
    },
    /// Lets it tick again, from now.
    Resume {
        /// The task.
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Workers {
    /// All workers of the last day.
    List,
    /// Asks a worker to claim nothing for the time being.
    Quiet {
        /// The worker's id.
        id: String,
    },
    /// Lets a quiet worker go on.
    Resume {
        /// The worker's id.
        id: String,
    },
    /// Asks a worker to stop as at SIGTERM.
    Stop {
        /// The worker's id.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The file of settings, such as jobs.toml; without it the database is looked at.
    #[arg(value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    /// The environment whose settings hold; else what JOBS_ENV says.
    #[arg(long = "env", value_name = "NAME", requires = "file")]
    pub(super) environment: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Web {
    /// Where it listens; other hosts reach it only if this says so.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7070")]
    pub(super) listen: SocketAddr,
    /// Who is let in.
    #[arg(
        long,
        env = "JOBS_WEB_USER",
        value_name = "NAME",
        default_value = "admin",
        hide_env_values = true
    )]
    pub(super) user: String,
    /// With this password. The variable is better: other users of the host can see flags.
    #[arg(long, env = "JOBS_WEB_PASSWORD", hide_env_values = true)]
    pub(super) password: Option<String>,
    /// Lets look, but not act.
    #[arg(long)]
    pub(super) read_only: bool,
}

#[derive(Debug, Args)]
pub(super) struct Lock {
    /// Writes nothing; ends with 6 if a change would break jobs that are stored.
    #[arg(long)]
    pub(super) check: bool,
    /// The file.
    #[arg(long, value_name = "FILE", default_value = "jobs.lock")]
    pub(super) file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Work {
    /// From these queues alone, in this order; else all, by weight.
    #[arg(long = "queue", value_name = "QUEUE", value_delimiter = ',')]
    pub(super) queues: Vec<String>,
    /// So many jobs at once.
    #[arg(long)]
    pub(super) concurrency: Option<usize>,
}

/// The file of the database, where it is one and is not there: connecting would make it.
pub(super) fn missing_file(url: &str) -> Option<&str> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next().unwrap_or(path);
    let file = !path.is_empty() && !path.starts_with(':') && !url.contains("mode=memory");
    (file && !std::path::Path::new(path).exists()).then_some(path)
}

fn state(text: &str) -> Result<State, String> {
    let quoted = serde_json::Value::from(text.to_ascii_lowercase());
    serde_json::from_value(quoted).map_err(|_| {
        "one of scheduled, ready, blocked, running, parked, succeeded, discarded, dead, cancelled"
            .to_owned()
    })
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=3_600.0).contains(&seconds) => Ok(seconds),
        _ => Err("seconds between 0.1 and 3600".to_owned()),
    }
}

fn time(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let wrong = || "a time such as 2030-01-31T12:00:00Z, or an age such as 30m, 2h, 3d".to_owned();
    let (number, unit) = text.split_at(text.len().saturating_sub(1));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let number: i64 = number.parse().map_err(|_| wrong())?;
    let age = number
        .checked_mul(seconds)
        .and_then(chrono::TimeDelta::try_seconds)
        .ok_or_else(wrong)?;
    Utc::now().checked_sub_signed(age).ok_or_else(wrong)
}
