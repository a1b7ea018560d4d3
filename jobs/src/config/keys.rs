//! The table of keys: what the parser takes, what the JSON schema says, and what the page of settings lists.

/// One key of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// As it would be written; empty if there is none.
    pub(super) default: &'static str,
    /// One sentence.
    pub(super) about: &'static str,
    /// A value as it may be written.
    pub(super) example: &'static str,
}

/// What a key takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    /// May hold a password: its line is never shown.
    Url,
    Flag,
    Whole {
        least: i64,
        most: i64,
    },
    /// At least so many milliseconds.
    Time {
        least: u64,
    },
    Word(&'static [&'static str]),
    Queue,
    Queues,
    Job,
    Cron,
    Zone,
    Args,
    Table(&'static [Key]),
    /// Tables by names that the file chooses.
    Named(&'static [Key]),
    /// Tables like the whole file, by the names of environments.
    Environments,
}

pub(super) const ROOT: &[Key] = &[
    table("database", DATABASE, "Where the jobs are kept."),
    table("worker", WORKER, "What holds for all pools of a worker."),
    Key {
        kind: Kind::Named(POOL),
        ..table(
            "pools",
            &[],
            "The pools of a worker, by name. Without any, the code's hold: one with all queues if it says nothing.",
        )
    },
    table(
        "dispatcher",
        DISPATCHER,
        "How jobs that were scheduled become ready when they are due.",
    ),
    Key {
        kind: Kind::Named(TASK),
        ..table(
            "recurring",
            &[],
            "Jobs that are enqueued by themselves, by the names of their tasks.",
        )
    },
    table("retention", RETENTION, "How long records are kept."),
    table("limits", LIMITS, "Sizes that are refused beyond."),
    Key {
        kind: Kind::Environments,
        ..table(
            "env",
            &[],
            "What differs in an environment, by its name: each has the same tables as the file.",
        )
    },
];

const DATABASE: &[Key] = &[
    key(
        "url",
        Kind::Url,
        "",
        "`sqlite://path`, `sqlite::memory:` or `postgres://user:password@host/database`.",
        r#""${DATABASE_URL:-sqlite://jobs.db}""#,
    ),
    key(
        "schema",
        Kind::Text,
        r#""jobs""#,
        "Postgres: the schema that holds the tables.",
        r#""background""#,
    ),
    key(
        "table_prefix",
        Kind::Text,
        r#""jobs_""#,
        "SQLite: what the names of tables begin with.",
        r#""background_""#,
    ),
    key(
        "migrate",
        Kind::Flag,
        "true",
        "`false` checks the schema's version instead of migrating.",
        "false",
    ),
    key(
        "listen_url",
        Kind::Url,
        "",
        "Postgres: a direct connection for LISTEN, where `url` goes through a pooler.",
        r#""postgres://app@database/app""#,
    ),
    key(
        "pgbouncer",
        Kind::Flag,
        "",
        "Postgres: whether a PgBouncer in transaction mode stands between; found out if nothing is said.",
        "true",
    ),
];

const WORKER: &[Key] = &[
    key(
        "shutdown_timeout",
        Kind::Time { least: 0 },
        r#""25s""#,
        "How long running jobs may go on after a stop was asked for.",
        r#""1m""#,
    ),
    key(
        "lease",
        Kind::Time { least: 1_000 },
        r#""30s""#,
        "Postgres: how long a process may be silent before its jobs are handed over.",
        r#""15s""#,
    ),
    key(
        "max_crashes",
        Kind::Whole {
            least: 1,
            most: u32::MAX as i64,
        },
        "3",
        "A job that has outlived so many workers becomes a dead letter.",
        "5",
    ),
    key(
        "poll_interval",
        Kind::Time { least: 10 },
        r#""10s""#,
        "The longest time between two looks for jobs that nobody announced; a backend may look more often by itself.",
        r#""500ms""#,
    ),
];

const POOL: &[Key] = &[
    key(
        "queues",
        Kind::Queues,
        r#""*""#,
        "Names in strict order, names with weights, or `*`: all queues that no other pool names, by their declared weights.",
        "{ critical = 4, default = 1 }",
    ),
    key(
        "concurrency",
        Kind::Whole {
            least: 1,
            most: 100_000,
        },
        "10",
        "How many jobs run at once.",
        "5",
    ),
];

const DISPATCHER: &[Key] = &[
    key(
        "batch_size",
        Kind::Whole {
            least: 1,
            most: 100_000,
        },
        "1000",
        "How many due jobs one step makes ready.",
        "500",
    ),
    key(
        "poll_interval",
        Kind::Time { least: 10 },
        r#""10s""#,
        "The longest time between two looks for due jobs that nobody announced.",
        r#""1s""#,
    ),
];

const TASK: &[Key] = &[
    key(
        "job",
        Kind::Job,
        "",
        "The stored name of the job; the task's own name if nothing is said.",
        r#""CleanupOldRecords""#,
    ),
    key(
        "cron",
        Kind::Cron,
        "",
        "When it runs, as one cron expression or several; either this or `every`.",
        r#""0 2 * * *""#,
    ),
    key(
        "every",
        Kind::Time { least: 1_000 },
        "",
        "The period at whose multiples it runs, counted from the beginning of 1970 in UTC; either this or `cron`.",
        r#""5m""#,
    ),
    key(
        "timezone",
        Kind::Zone,
        r#""UTC""#,
        "The time zone of `cron`.",
        r#""Europe/Berlin""#,
    ),
    key(
        "args",
        Kind::Args,
        "{}",
        "The job's arguments by name; those with a default may be left out.",
        "{ keep_days = 30 }",
    ),
    key(
        "queue",
        Kind::Queue,
        "",
        "The queue of its runs; the job's own if nothing is said.",
        r#""low""#,
    ),
    key(
        "priority",
        Kind::Whole {
            least: i16::MIN as i64,
            most: i16::MAX as i64,
        },
        "",
        "The priority of its runs, lower first; the job's own if nothing is said.",
        "-5",
    ),
    key(
        "description",
        Kind::Text,
        "",
        "For people.",
        r#""Drops records that nobody needs""#,
    ),
    key(
        "catch_up",
        Kind::Word(&["one", "all", "none"]),
        r#""one""#,
        "What becomes of ticks that were missed: one run for all of them, each of them, or none.",
        r#""none""#,
    ),
    key(
        "enabled",
        Kind::Flag,
        "true",
        "`false` takes the task away, also one that code declares under this name.",
        "false",
    ),
];

const RETENTION: &[Key] = &[
    key(
        "finished",
        Kind::Time { least: 0 },
        r#""1d""#,
        "How long records of finished jobs stay, for jobs that do not say.",
        r#""7d""#,
    ),
    key(
        "dead",
        Kind::Time { least: 0 },
        r#""90d""#,
        "How long dead letters stay.",
        r#""365d""#,
    ),
];

const LIMITS: &[Key] = &[
    key(
        "max_args_bytes",
        Kind::Whole {
            least: 2,
            most: 1 << 30,
        },
        "1048576",
        "The largest arguments, in bytes of JSON, that an enqueue takes.",
        "65536",
    ),
    key(
        "max_output_bytes",
        Kind::Whole {
            least: 2,
            most: 1 << 30,
        },
        "1048576",
        "The largest output, in bytes of JSON, that is stored.",
        "65536",
    ),
];

const fn key(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    about: &'static str,
    example: &'static str,
) -> Key {
    Key {
        name,
        kind,
        default,
        about,
        example,
    }
}

const fn table(name: &'static str, keys: &'static [Key], about: &'static str) -> Key {
    key(name, Kind::Table(keys), "", about, "")
}

/// Names that others give to a key, and where it is here.
pub(super) const ELSEWHERE: &[(&str, &str)] = &[
    ("class", "the job's name is `job`"),
    ("command", "a task runs a job: `job = \"…\"`"),
    (
        "schedule",
        "write `cron = \"0 9 * * 1\"` or `every = \"5m\"`",
    ),
    ("threads", "it is called `concurrency`"),
    ("polling_interval", "it is called `poll_interval`"),
    ("workers", "write a table for each pool: `[pools.main]`"),
    ("dispatchers", "it is called `dispatcher`, and there is one"),
    ("production", "write `[env.production]`"),
    ("development", "write `[env.development]`"),
    ("test", "write `[env.test]`"),
    ("concurrency", "it belongs to a pool: `[pools.main]`"),
    ("queues", "they belong to a pool: `[pools.main]`"),
    (
        "processes",
        "a worker is one process that uses all cores: start as many as you want, they share the work",
    ),
];

/// What to write for a URL.
pub(super) const URLS: &str =
    "write `sqlite://path`, `sqlite::memory:` or `postgres://user:password@host/database`";
