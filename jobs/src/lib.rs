//! Background jobs for Rust: annotate an async function, call `perform_later`, and it runs, durably, over SQLite or
//! Postgres.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod clock;
mod combine;
mod context;
mod dead_letters;
mod definition;
mod enqueue;
mod error;
mod failure;
mod handle;
mod hooks;
mod job;
mod job_handle;
mod maintenance;
mod payload;
mod perform_now;
mod queue;
mod record;
mod registry;
mod retry;
mod states;
pub mod storage;
#[cfg(feature = "testing")]
pub mod testing;
mod transition;
mod worker;

pub use context::{EndNow, JobContext};
pub use dead_letters::{DeadLetter, DeadLetters};
pub use definition::Base;
pub use enqueue::{
    Backend, Bulk, Enqueue, EnqueueAll, EnqueueIn, EnqueueInfo, JobSource, NextEnqueue, Target,
    Transaction, perform_all_later,
};
pub use error::{BoxError, Error, Result};
pub use failure::{
    Dead, DeserializationError, Discard, JobError, Panicked, RetryIn, TimedOut, WorkerLost,
};
pub use handle::{
    AfterDiscard, AfterEnqueue, AfterPerform, AnyPool, AroundEnqueue, AroundPerform, BeforeEnqueue,
    BeforePerform, Jobs, JobsBuilder, spawn, with,
};
pub use hooks::{Disposition, Halt, Next, Outcome};
pub use job::{Job, JobArg, JobFailure, JobOutput};
pub use job_handle::JobHandle;
pub use jobs_macros::{base, job, queues};
pub use perform_now::{NowError, PerformNow};
pub use queue::{Queue, builtin as queues};
pub use record::{Attempt, JobId, JobRecord, Progress, State};
pub use sqlx;
pub use worker::{Worker, WorkerHandle};

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
