//! What an expansion hands to the runtime: data tables and thin function pointers.
//!
//! Nothing here decides anything. A job's own table ([`JobDef`]) and those of its bases ([`BaseDef`])
//! hold the same [`Level`]; the runtime walks job, base, base's base, and takes what is set first.

mod asserted;
mod finished;
mod hooks;
mod keys;
mod limits;
mod matching;
mod recurring;
mod rules;
mod type_names;

use std::{any::TypeId, fmt, time::Duration};

use futures_core::future::BoxFuture;

pub use asserted::{Arg, arg, call, call_blocking, call_blocking_plain, call_plain};
pub use finished::{Failure, Finished, JobReturn, Output};
pub use hooks::{
    AroundEnqueueFn, AroundPerformFn, Called, CalledAsync, CalledSync, FailureFn, Hooks, Named,
    fallible,
};
pub(crate) use keys::digest;
pub use keys::{KeyOf, KeyWriter};
pub use limits::{Concurrency, Limits, OnConflict, RateLimit, Unique, Until, limit};
pub(crate) use matching::chain;
pub use matching::{
    ErrorView, IntoWait, Probe, ViaAny, ViaAsRef, ViaDisplay, ViaError, any_error, find,
};
pub use recurring::{CatchUp, RecurringDef};
pub use rules::{
    Action, Attempts, Backoff, Classify, Counts, DiscardRule, RetryRule, Rule, Verdict,
};
pub(crate) use type_names::short;

use crate::{context::Invocation, enqueue::TxDef, error::BoxError, failure::Unready, queue::Queue};

/// A place in source code, for messages about two declarations that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    /// As `file!()` says it.
    pub file: &'static str,
    /// Counted from 1.
    pub line: u32,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Turns the payload of an older version (the second argument) into the current one.
pub type Upcast = fn(serde_json::Value, u32) -> Result<serde_json::Value, BoxError>;

/// One job as `#[job]` describes it.
#[derive(Debug)]
pub struct JobDef {
    /// The stored name.
    pub name: &'static str,
    /// Former names whose rows this job runs too.
    pub aliases: &'static [&'static str],
    /// Where the attribute was written.
    pub location: Location,
    /// The payload version that this code writes; 1 unless declared.
    pub version: u32,
    /// Reads older payloads.
    pub upcast: Option<Upcast>,
    /// The arguments in order.
    pub args: &'static [ArgDef],
    /// The injected values it needs.
    pub states: &'static [StateDef],
    /// The transaction that it is lent.
    pub tx: Option<TxDef>,
    /// Decodes the arguments and calls the user's function.
    pub run: Run,
    /// Options, rules and hooks written on the job itself.
    pub level: Level,
    /// `base = …`.
    pub base: Option<&'static BaseDef>,
    /// `cron = …` or `every = …`.
    pub recurring: Option<RecurringDef>,
}

impl JobDef {
    /// The job's own level, then its base's, then that one's base's.
    pub fn levels(&'static self) -> impl Iterator<Item = &'static Level> {
        let bases = std::iter::successors(self.base, |base| base.base);
        std::iter::once(&self.level).chain(bases.map(|base| &base.level))
    }

    /// The first level's value, from the job outwards.
    pub fn first<T>(&'static self, pick: impl Fn(&'static Level) -> Option<T>) -> Option<T> {
        self.levels().find_map(pick)
    }

    /// The queue of its jobs unless an enqueue says otherwise.
    pub fn queue(&'static self) -> Queue {
        self.first(|level| level.queue)
            .unwrap_or(crate::queue::builtin::default)
    }
}

/// What a base and a job have in common: each option is `None` (or empty) where it was not written.
#[derive(Debug)]
pub struct Level {
    /// The type that carries the attribute, for messages.
    pub owner: &'static str,
    /// `queue = …`.
    pub queue: Option<Queue>,
    /// `priority = …`.
    pub priority: Option<i16>,
    /// `retry_on(…)` and `discard_on(…)` in the order written.
    pub rules: &'static [Rule],
    /// Finds the first rule that an error meets; its index points into `rules`.
    pub classify: Classify,
    /// `retry = …`, for errors that no rule of this level meets.
    pub retry: Option<Retry>,
    /// `dead = …`.
    pub dead: Option<bool>,
    /// `timeout = …`.
    pub timeout: Option<Duration>,
    /// `retain = …`.
    pub retain: Option<Retain>,
    /// `on_crash = …`.
    pub on_crash: Option<OnCrash>,
    /// `expires_in = …`.
    pub expires_in: Option<Duration>,
    /// `logs = …`, in bytes.
    pub logs: Option<u64>,
    /// `tags(…)`; those of all levels are joined.
    pub tags: &'static [&'static str],
    /// `on_exhausted = …`.
    pub on_exhausted: &'static [Named<FailureFn>],
    /// `unique(…)`, `concurrency(…)`, `rate_limit(…)`; on a job only.
    pub limits: Limits,
    /// All other hooks.
    pub hooks: Hooks,
}

impl Level {
    /// Nothing written: the expansion names only what was.
    pub const NONE: Self = Self {
        owner: "",
        queue: None,
        priority: None,
        rules: &[],
        classify: |_, _| None,
        retry: None,
        dead: None,
        timeout: None,
        retain: None,
        on_crash: None,
        expires_in: None,
        logs: None,
        tags: &[],
        on_exhausted: &[],
        limits: Limits::NONE,
        hooks: Hooks::NONE,
    };
}

/// One base as `#[jobs::base]` describes it.
#[derive(Debug)]
pub struct BaseDef {
    /// Where the attribute was written.
    pub location: Location,
    /// Options, rules and hooks.
    pub level: Level,
    /// The base's own base.
    pub base: Option<&'static BaseDef>,
}

/// Implemented by the types that carry `#[jobs::base]`.
///
/// ```
/// use jobs::job;
/// # jobs::queues! { default }
///
/// #[jobs::base(retry_on(any, attempts = 5), tags("app"))]
/// pub struct ApplicationJob;
///
/// #[job(base = ApplicationJob)]
/// async fn tidy() {}
///
/// # fn main() {
/// fn is_a_base<B: jobs::Base>() {}
/// is_a_base::<ApplicationJob>();
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a base for jobs",
    label = "has no `#[jobs::base]`",
    note = "write `#[jobs::base(…)] pub struct {Self};`"
)]
pub trait Base {
    /// The base's table.
    const BASE: &'static BaseDef;
}

/// `retry = 3`, `0` or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// So many retries, one execution more; then dead.
    Times(u32),
    /// Never retried, and no dead letter.
    Never,
}

/// `retain = "7d"` or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retain {
    /// The finished record stays so long.
    For(Duration),
    /// The row goes when the job ends.
    No,
}

/// `on_crash = "retry"` or `"dead"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnCrash {
    /// Runs again, up to the worker's `max_crashes`.
    Retry,
    /// Becomes a dead letter at the first crash.
    Dead,
}

/// One argument.
#[derive(Debug, Clone, Copy)]
pub struct ArgDef {
    /// The name under which it is stored.
    pub name: &'static str,
    /// `redact(…)`: never shown.
    pub redacted: bool,
    /// Whether it has no default.
    pub required: bool,
    /// Its type as the compiler spells it.
    pub type_name: fn() -> &'static str,
    /// Whether this JSON can be read as its type, and what is wrong if not.
    pub fits: fn(&str) -> Result<(), String>,
}

/// One `#[state]` parameter.
#[derive(Debug, Clone, Copy)]
pub struct StateDef {
    /// The parameter's name.
    pub param: &'static str,
    /// The type behind the reference.
    pub type_id: fn() -> TypeId,
    /// Its name, for the message when it is missing.
    pub type_name: fn() -> &'static str,
}

impl StateDef {
    /// A `#[state] param: &T`.
    #[must_use]
    pub const fn of<T: ?Sized + 'static>(param: &'static str) -> Self {
        Self {
            param,
            type_id: TypeId::of::<T>,
            type_name: std::any::type_name::<T>,
        }
    }
}

/// Calls an `async fn`.
pub type RunAsync = for<'a> fn(&'a mut Invocation) -> Result<BoxFuture<'a, Finished>, Unready>;
/// Calls a plain `fn` on the blocking pool.
pub type RunBlocking = fn(&mut Invocation) -> Result<Finished, Unready>;

/// How the user's function is called.
#[derive(Clone, Copy)]
pub enum Run {
    /// An `async fn`.
    Async(RunAsync),
    /// A plain `fn` marked `blocking`.
    Blocking(RunBlocking),
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Async(_) => "Async",
            Self::Blocking(_) => "Blocking",
        })
    }
}

/// What an expansion registers.
#[derive(Debug, Clone, Copy)]
pub struct Registered(pub &'static JobDef);

inventory::collect!(Registered);
