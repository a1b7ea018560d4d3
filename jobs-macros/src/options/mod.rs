//! The options as one table; did-you-mean, duplicates, missing values and the docs test come from it.

pub mod limits;
pub mod raw;
pub mod recurring;
pub mod rules;
pub mod typed;
pub mod value;

pub use jobs_cron::duration;
pub use typed::Options;

/// How an option is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `key = value`
    Value,
    /// `key(…)`
    List,
    /// `key = { … }`
    Map,
    /// `key`
    Flag,
    /// `key` or `key = value`
    FlagOrValue,
    /// `key` or `key(…)`
    FlagOrList,
}

/// Where an option may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum On {
    Job,
    Both,
}

/// One option.
pub struct Opt {
    pub name: &'static str,
    pub shape: Shape,
    pub on: On,
    /// A line that can be pasted.
    pub example: &'static str,
    /// May be written more than once.
    pub repeats: bool,
}

/// The options of one attribute or of one option's list.
pub struct Table {
    /// `retry_on` for the options inside it.
    pub inside: Option<&'static str>,
    pub options: &'static [Opt],
    /// Words that people bring from elsewhere, and what to write instead.
    pub foreign: &'static [(&'static str, &'static str)],
    /// Leaves out what stands on jobs only.
    pub on: On,
}

impl Table {
    /// The options in the order of the docs.
    pub fn options(&self) -> impl Iterator<Item = &'static Opt> {
        let jobs_too = self.on == Job;
        self.options
            .iter()
            .filter(move |option| jobs_too || option.on == Both)
    }

    pub fn find(&self, name: &str) -> Option<&'static Opt> {
        self.options().find(|option| option.name == name)
    }

    pub fn names(&self) -> Vec<&'static str> {
        self.options().map(|option| option.name).collect()
    }
}

const fn opt(name: &'static str, shape: Shape, on: On, example: &'static str) -> Opt {
    Opt {
        name,
        shape,
        on,
        example,
        repeats: false,
    }
}

const fn again(option: Opt) -> Opt {
    Opt {
        repeats: true,
        ..option
    }
}

const fn rule(name: &'static str, example: &'static str) -> Opt {
    Opt {
        name,
        shape: List,
        on: Both,
        example,
        repeats: true,
    }
}

use On::{Both, Job};
use Shape::{Flag, FlagOrList, FlagOrValue, List, Map, Value};

/// The options of `#[job]`; those on `Both` are `#[jobs::base]`'s, too.
const LEVEL: &[Opt] = &[
    opt("queue", Value, Both, r#"queue = "mailers""#),
    opt("queues", Value, Both, "queues = app::queues"),
    opt("priority", Value, Both, "priority = 10"),
    opt("name", Value, Job, r#"name = "mail.welcome""#),
    opt("aliases", List, Job, r#"aliases("OldName")"#),
    opt("struct_name", Value, Job, "struct_name = SendMailJob"),
    opt("derive", List, Job, "derive(Debug, Clone)"),
    opt("base", Value, Both, "base = ApplicationJob"),
    rule("retry_on", "retry_on(MyError, attempts = 5)"),
    rule("discard_on", "discard_on(MyError)"),
    opt("retry", Value, Both, "retry = 3"),
    opt("dead", Value, Both, "dead = false"),
    opt("timeout", Value, Both, r#"timeout = "30s""#),
    opt("unique", FlagOrList, Job, "unique(by = [user_id])"),
    opt(
        "concurrency",
        List,
        Job,
        "concurrency(limit = 2, key = account_id)",
    ),
    opt(
        "rate_limit",
        List,
        Job,
        r#"rate_limit(count = 100, per = "1m")"#,
    ),
    again(opt("cron", Value, Job, r#"cron = "0 9 * * *""#)),
    opt("every", Value, Job, r#"every = "5m""#),
    opt("timezone", Value, Job, r#"timezone = "Europe/Berlin""#),
    opt("description", Value, Job, r#"description = "Tidies up""#),
    opt("catch_up", Value, Job, r#"catch_up = "one""#),
    opt("enabled", Value, Job, "enabled = path::to::fn"),
    opt("args", Map, Job, r#"args = { who = "ann" }"#),
    opt("version", Value, Job, "version = 2"),
    opt("upcast", Value, Job, "upcast = path::to::fn"),
    opt("retain", Value, Both, r#"retain = "7d""#),
    opt("on_exhausted", Value, Both, "on_exhausted = path::to::fn"),
    opt("on_crash", Value, Both, r#"on_crash = "dead""#),
    opt("expires_in", Value, Both, r#"expires_in = "1h""#),
    opt("logs", Value, Both, r#"logs = "64KiB""#),
    opt("redact", List, Job, "redact(card_number)"),
    opt("tags", List, Both, r#"tags("mail")"#),
    opt("blocking", Flag, Job, "blocking"),
    opt(
        "before_perform",
        Value,
        Both,
        "before_perform = path::to::fn",
    ),
    opt(
        "around_perform",
        Value,
        Both,
        "around_perform = path::to::fn",
    ),
    opt("after_perform", Value, Both, "after_perform = path::to::fn"),
    opt(
        "before_enqueue",
        Value,
        Both,
        "before_enqueue = path::to::fn",
    ),
    opt(
        "around_enqueue",
        Value,
        Both,
        "around_enqueue = path::to::fn",
    ),
    opt("after_enqueue", Value, Both, "after_enqueue = path::to::fn"),
    opt("after_discard", Value, Both, "after_discard = path::to::fn"),
    opt("crate", Value, Both, "crate = my::jobs"),
];

const ATTEMPTS: &str = "attempts belong to an error: `retry_on(MyError, attempts = 5)`";
const DELAY: &str = "say it where the job is enqueued: `perform_later(…).wait(duration)`";
const UNIQUE_FOR: &str = "did you mean `unique`? Write `unique(until = \"expired\", ttl = \"1h\")`";
const RATE: &str = "did you mean `rate_limit`? Write `rate_limit(count = 100, per = \"1m\")`";
const FOREIGN: &[(&str, &str)] = &[
    ("attempts", ATTEMPTS),
    ("max_attempts", ATTEMPTS),
    ("retries", "did you mean `retry`? Write `retry = 3`"),
    ("max_retries", "did you mean `retry`? Write `retry = 3`"),
    ("queue_as", "did you mean `queue`?"),
    ("wait", DELAY),
    ("delay", DELAY),
    (
        "run_at",
        "say it where the job is enqueued: `perform_later(…).wait_until(time)`",
    ),
    (
        "schedule",
        "a recurring job has `cron = \"0 9 * * *\"`; for one run say where it is enqueued `perform_later(…).wait_until(time)`",
    ),
    ("interval", "did you mean `every`? Write `every = \"5m\"`"),
    ("tz", "did you mean `timezone`?"),
    (
        "backoff",
        "it belongs to an error: `retry_on(MyError, backoff = \"exponential\")`",
    ),
    ("unique_for", UNIQUE_FOR),
    (
        "unique_until",
        "did you mean `unique(until = \"executed\")`?",
    ),
    (
        "limits_concurrency",
        "did you mean `concurrency`? Write `concurrency(limit = 2, key = account_id)`",
    ),
    ("throttle", RATE),
    ("rate", RATE),
    ("expires", "did you mean `expires_in`?"),
    ("tag", "did you mean `tags`?"),
];

/// `#[job(…)]`
pub const JOB: Table = Table {
    inside: None,
    options: LEVEL,
    foreign: FOREIGN,
    on: Job,
};

/// `#[jobs::base(…)]`
pub const BASE: Table = Table { on: Both, ..JOB };

const fn list(inside: &'static str, options: &'static [Opt]) -> Table {
    Table {
        inside: Some(inside),
        options,
        foreign: &[],
        on: Job,
    }
}

/// `retry_on(…)`
pub const RETRY_ON: Table = Table {
    foreign: &[
        ("max_attempts", "did you mean `attempts`?"),
        (
            "retries",
            "did you mean `attempts`? It counts the first execution, too",
        ),
        ("times", "did you mean `attempts`?"),
        ("delay", "did you mean `wait`?"),
        ("if", "did you mean `when`?"),
        (
            "report",
            "it belongs to `discard_on`; here it is `on_exhausted`",
        ),
    ],
    ..list(
        "retry_on",
        &[
            opt("when", Value, Both, "when = |e: &MyError| e.is_transient()"),
            opt("attempts", Value, Both, "attempts = 5"),
            opt("within", Value, Both, r#"within = "3d""#),
            opt("backoff", Value, Both, r#"backoff = "exponential""#),
            opt("wait", Value, Both, r#"wait = "3s""#),
            opt("factor", Value, Both, "factor = 2"),
            opt("max_wait", Value, Both, r#"max_wait = "1d""#),
            opt("jitter", Value, Both, "jitter = 0.15"),
            opt("queue", Value, Both, r#"queue = "low""#),
            opt("priority", Value, Both, "priority = 5"),
            opt("on_exhausted", Value, Both, "on_exhausted = path::to::fn"),
            opt("id", Value, Both, r#"id = "api""#),
        ],
    )
};

/// `discard_on(…)`
pub const DISCARD_ON: Table = Table {
    foreign: &[
        ("if", "did you mean `when`?"),
        (
            "on_exhausted",
            "it belongs to `retry_on`; here it is `report`",
        ),
        (
            "attempts",
            "a discarded job is not tried again; use `retry_on` to try it again",
        ),
    ],
    ..list(
        "discard_on",
        &[
            opt("when", Value, Both, "when = |e: &MyError| e.is_permanent()"),
            opt("report", Value, Both, "report = path::to::fn"),
            opt("id", Value, Both, r#"id = "gone""#),
        ],
    )
};

/// `unique(…)`
pub const UNIQUE: Table = Table {
    foreign: &[
        ("key", "did you mean `by`?"),
        ("for", "did you mean `ttl`?"),
        ("lock", "did you mean `until`?"),
        ("lock_ttl", "did you mean `ttl`?"),
    ],
    ..list(
        "unique",
        &[
            opt("by", Value, Both, "by = [user_id]"),
            opt("until", Value, Both, r#"until = "executed""#),
            opt("ttl", Value, Both, r#"ttl = "1h""#),
            opt("on_conflict", Value, Both, r#"on_conflict = "reject""#),
        ],
    )
};

/// `concurrency(…)`
pub const CONCURRENCY: Table = Table {
    foreign: &[
        ("to", "did you mean `limit`?"),
        ("max", "did you mean `limit`?"),
        ("by", "did you mean `key`?"),
        (
            "duration",
            "a slot belongs to the running job and does not expire: leave it out",
        ),
    ],
    ..list(
        "concurrency",
        &[
            opt("limit", Value, Both, "limit = 2"),
            opt("key", Value, Both, "key = account_id"),
            opt("group", Value, Both, r#"group = "crm""#),
            opt("on_conflict", Value, Both, r#"on_conflict = "block""#),
            opt("fair", Flag, Both, "fair"),
        ],
    )
};

/// `rate_limit(…)`
pub const RATE_LIMIT: Table = Table {
    foreign: &[
        ("limit", "did you mean `count`?"),
        ("by", "did you mean `key`?"),
        ("period", "did you mean `per`?"),
        ("interval", "did you mean `per`?"),
    ],
    ..list(
        "rate_limit",
        &[
            opt("count", Value, Both, "count = 100"),
            opt("per", Value, Both, r#"per = "1m""#),
            opt("key", Value, Both, "key = account_id"),
        ],
    )
};

/// `#[arg(…)]` on a parameter.
pub const ARG: Table = list(
    "arg",
    &[
        opt("default", FlagOrValue, Both, "default"),
        opt("rename", Value, Both, r#"rename = "userId""#),
    ],
);

/// `name(…)` in `queues!`.
pub const QUEUE: Table = Table {
    foreign: &[
        (
            "concurrency",
            "say it where the worker is built: `.pool(\"name\", [queues::low], 2)`",
        ),
        (
            "name",
            "write the stored name after the options: `low as \"low-priority\"`",
        ),
    ],
    ..list(
        "queues",
        &[
            opt("weight", Value, Both, "weight = 4"),
            opt("priority", Value, Both, "priority = 5"),
            opt("paused", Flag, Both, "paused"),
        ],
    )
};
