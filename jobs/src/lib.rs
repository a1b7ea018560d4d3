//! Background jobs for Rust: annotate an async function, call `perform_later`, and it runs, durably, over SQLite or
//! Postgres.
//!
//! ```
//! use jobs::{Jobs, job};
//!
//! // Once, at the crate root: a queue name that is not here does not compile.
//! jobs::queues! {
//!     critical(weight = 4),
//!     low,
//! }
//!
//! #[derive(Debug, thiserror::Error)]
//! pub enum MailError {
//!     #[error("the server is busy")]
//!     Busy,
//!     #[error("there is no such address")]
//!     Bounced,
//! }
//!
//! /// Sends the welcome mail to a new user.
//! #[job(
//!     queue = "critical",
//!     discard_on(MailError::Bounced),
//!     retry_on(MailError, backoff = "exponential", attempts = 5)
//! )]
//! async fn send_welcome_email(user_id: i64) -> Result<(), MailError> {
//!     println!("welcome, user {user_id}");
//!     Ok(())
//! }
//!
//! #[tokio::main]
//! async fn main() -> jobs::Result<()> {
//!     let jobs = Jobs::connect("sqlite::memory:").await?; // or sqlite://jobs.db, or postgres://…
//!     jobs.install()?;
//!     let worker = jobs.worker().start().await?; // a program of its own calls `.run().await` instead
//!
//!     let handle = SendWelcomeEmail::perform_later(42).await?;
//!     handle.result().await?;
//!     worker.stop().await
//! }
//! ```
//!
//! # Five minutes
//!
//! 1. `cargo add jobs` and `cargo add tokio --features full`; the program above is a `main.rs`.
//! 2. What a job needs of the program is no argument: mark the parameter `#[state]`, and give the value to
//!    [`Jobs::builder`] with [`state`](JobsBuilder::state).
//! 3. Give each kind of failure a rule: `retry_on(…)`, `discard_on(…)`. What fails for good is in
//!    [`Jobs::dead_letters`].
//! 4. Later, in another queue, with your own data: `perform_later(42).wait(duration)`, `.queue(queues::low)`,
//!    `.in_transaction(&mut tx)`; see [`Enqueue`].
//! 5. Test it with the feature `testing`: `#[jobs::test]`, `assert_enqueued!`, `t.drain_all().await`.
//!
//! The book, in the folder `docs` of the source, goes on from there: a guide by patterns, deployment, tuning, and moving
//! from Sidekiq, Solid Queue or apalis.
//!
//! # Where things are
//!
//! - [`job`], [`base`], [`queues!`]: what is written on functions; the option tables are there.
//! - [`Jobs`]: the handle. [`JobsBuilder`] has its settings, [`Worker`] those of workers; `Config` reads them from a file.
//! - [`Enqueue`], [`perform_all_later`], [`Transaction`]: getting jobs in, alone, in bulk, with your own data.
//! - [`JobHandle`], [`JobRecord`], [`DeadLetters`]: what became of them.
//! - [`chain`], [`all`], [`batch()`]: work made of several jobs.
//! - [`Flow`], [`Cursor`]: durable steps, waits, and lists that are worked off.
//! - [`JobContext`], [`Next`], [`Outcome`]: what jobs and hooks see.
//! - `Jobs::recurring` and [`QueueControl`]: tasks that run by themselves, queues that are paused.
//! - `jobs::testing`, `#[jobs::test]`, `assert_enqueued!` (feature `testing`): tests of jobs.
//! - [`Jobs::inspect`]: what operators see and do, for dashboard and command line.
//! - [`Error`]: every way in which a call of this crate can fail; [`JobError`]: a job's own failure, as it is kept.
//!
//! # What is promised
//!
//! When an enqueue's `.await` returns `Ok`, the job is durable. It runs at least once; it can run twice only if its
//! worker died or lost touch with the database for longer than its lease. A run that was superseded writes nothing.
//!
//! # Features
//!
//! | feature | default | what for |
//! |---|---|---|
//! | `sqlite` | yes | the embedded backend: a file or memory, no server |
//! | `cron` | yes | recurring jobs |
//! | `config` | yes | settings from a file, `jobs.toml` |
//! | `logs` | yes | `jobs::logs::layer()`, which keeps what attempts log |
//! | `metrics` | yes | counts and durations through the `metrics` facade |
//! | `otel` | no | the OpenTelemetry trace goes on from enqueue to perform |
//! | `postgres` | no | the distributed backend: any number of worker processes on any number of hosts |
//! | `cli` | no | the command line, for a program's own binary |
//! | `systemd` | no | tells systemd that a worker is ready, stops, and is alive |
//! | `tls` | no | TLS for Postgres connections |
//! | `testing` | no | for dev-dependencies: `jobs::testing`, `#[jobs::test]`, `assert_enqueued!` |

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[cfg(feature = "cli")]
pub mod cli;
mod clock;
mod combine;
#[cfg(feature = "config")]
mod config;
mod context;
mod dead_letters;
mod definition;
mod dice;
mod enqueue;
mod error;
mod execution;
mod failure;
mod flow;
mod handle;
mod hooks;
pub mod inspect;
mod job;
mod job_handle;
mod maintenance;
mod panics;
mod payload;
mod perform_now;
mod queue;
mod queue_control;
mod record;
#[cfg(feature = "cron")]
mod recurring;
mod registry;
mod retry;
#[cfg(feature = "cron")]
mod schedule;
mod states;
pub mod storage;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod trace;
mod transition;
mod worker;
mod workflow;

#[cfg(feature = "config")]
pub use config::Config;
pub use context::{EndNow, JobContext};
pub use dead_letters::{DeadLetter, DeadLetters};
pub use definition::{Base, CatchUp};
pub use enqueue::{
    Backend, Bulk, Enqueue, EnqueueAll, EnqueueIn, EnqueueInfo, JobSource, NextEnqueue, Target,
    Transaction, TxParam, perform_all_later,
};
pub use error::{BoxError, Error, Result};
#[cfg(feature = "config")]
pub use error::{ConfigError, ConfigProblem};
pub use failure::{
    Dead, DeserializationError, Discard, FlowError, JobError, Panicked, RetryIn, TimedOut,
    WorkerLost,
};
pub use flow::{ChildFailed, Cursor, Flow};
pub use handle::{
    AfterDiscard, AfterEnqueue, AfterPerform, AnyPool, AroundEnqueue, AroundPerform, BeforeEnqueue,
    BeforePerform, Jobs, JobsBuilder, spawn, with,
};
pub use hooks::{Disposition, Halt, Next, Outcome};
pub use job::{Job, JobArg, JobFailure, JobOutput};
pub use job_handle::{JobHandle, wait_all};
#[cfg(feature = "testing")]
pub use jobs_macros::test;
pub use jobs_macros::{base, job, queues};
pub use perform_now::{NowError, PerformNow};
pub use queue::{Queue, builtin as queues};
pub use queue_control::QueueControl;
pub use record::{Attempt, JobId, JobRecord, Progress, State};
#[cfg(feature = "cron")]
pub use recurring::{Recurring, RecurringTasks, Upsert};
#[cfg(feature = "cron")]
pub use schedule::{Schedule, Zone};
pub use sqlx;
#[cfg(feature = "logs")]
pub use telemetry::logs;
pub use trace::TraceContext;
pub use worker::{Worker, WorkerHandle};
pub use workflow::{
    After, All, Batch, BatchHandle, BatchId, BatchIn, BatchProgress, Chain, ChainIn, FlowGroup,
    FlowJob, FlowKind, FlowNode, FlowView, Many, Nothing, Step, TakesInput, Then, all, batch,
    chain,
};

/// Makes sure that the jobs of library crates are linked: one that the program never names is left out by the linker,
/// and its jobs with it.
///
/// ```
/// // jobs::link!(my_tasks, my_mailers);
/// jobs::link!(std);
/// ```
#[macro_export]
macro_rules! link {
    ($($library:ident),+ $(,)?) => {
        $(#[allow(unused_extern_crates, unused_imports)]
        use $library as _;)+
    };
}

/// The blocks of README.md compile, and those that can, run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

/// Those of docs/testing.md.
#[cfg(all(doctest, feature = "testing"))]
#[doc = include_str!("../../docs/testing.md")]
mod testing_jobs {}

/// Those of docs/recurring.md, too.
#[cfg(all(doctest, feature = "cron"))]
#[doc = include_str!("../../docs/recurring.md")]
mod recurring_jobs {}

/// Those of docs/flows.md, too.
#[cfg(doctest)]
#[doc = include_str!("../../docs/flows.md")]
mod flows {}

/// Those of docs/workflows.md, too.
#[cfg(doctest)]
#[doc = include_str!("../../docs/workflows.md")]
mod workflows {}
/// Those of docs/configuration.md, too.
#[cfg(all(doctest, feature = "config"))]
#[doc = include_str!("../../docs/configuration.md")]
mod configuration {}

/// Those of docs/telemetry.md, too.
#[cfg(doctest)]
#[doc = include_str!("../../docs/telemetry.md")]
mod monitoring {}

/// Those of docs/limits.md, too.
#[cfg(doctest)]
#[doc = include_str!("../../docs/limits.md")]
mod limits {}

/// Those of docs/sqlite.md, too.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../../docs/sqlite.md")]
mod sqlite {}

/// Those of docs/cli.md, too.
#[cfg(all(doctest, feature = "cli"))]
#[doc = include_str!("../../docs/cli.md")]
mod command_line {}
