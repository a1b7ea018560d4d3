//! Background jobs for Rust.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod context;
mod definition;
mod enqueue;
mod error;
mod failure;
mod hooks;
mod job;
mod payload;
mod perform_now;
mod queue;
mod record;
mod states;
pub mod storage;

pub use context::JobContext;
pub use definition::Base;
pub use enqueue::{Enqueue, EnqueueInfo, NextEnqueue};
pub use error::{BoxError, Error, Result};
pub use failure::{
    Dead, DeserializationError, Discard, JobError, Panicked, RetryIn, TimedOut, WorkerLost,
};
pub use hooks::{Disposition, Halt, Next, Outcome};
pub use job::{Job, JobArg, JobFailure, JobOutput};
pub use jobs_macros::{base, job, queues};
pub use queue::{Queue, builtin as queues};
pub use record::{Attempt, JobId, JobRecord, Progress, State};
pub use sqlx;
