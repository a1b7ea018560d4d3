//! What expansions mention, and nothing else. Not public interface: it changes without notice.
//!
//! `jobs-macros/src/paths.rs` lists the same names; a test compares the two.

pub use std;

pub use futures_core::future::BoxFuture;
pub use inventory;

pub use crate::{
    context::{Invocation, JobContext},
    definition::{
        Action, Arg, ArgDef, Attempts, Backoff, Base, BaseDef, Called, CalledAsync, CalledSync,
        CatchUp, Counts, DiscardRule, ErrorView, Finished, Hooks, IntoWait, JobDef, JobReturn,
        Level, Location, Named, OnCrash, Probe, RecurringDef, Registered, Retain, Retry, RetryRule,
        Rule, Run, StateDef, Verdict, ViaAny, ViaAsRef, ViaDisplay, ViaError, any_error, arg, call,
        call_blocking, call_blocking_plain, call_plain, fallible, find,
    },
    enqueue::{Enqueue, EnqueueInfo, NextEnqueue},
    error::{BoxError, Error},
    failure::{JobError, Unready},
    hooks::{Halt, Next, Outcome},
    job::Job,
    payload::ArgsWriter,
    perform_now::PerformNow,
    queue::{DeclaredQueue, Queue},
};
