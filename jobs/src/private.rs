//! What expansions mention, and nothing else. Not public interface: it changes without notice.
//!
//! `jobs-macros/src/paths.rs` lists the same names; a test compares the two.

pub use std;

#[cfg(feature = "testing")]
pub use crate::testing::{TestJobs, TestOptions, Wanted, run_test, same};

pub use futures_core::future::BoxFuture;
pub use inventory;

pub use crate::{
    context::{Invocation, JobContext},
    definition::{
        Action, Arg, Attempts, Backoff, Base, BaseDef, Called, CalledAsync, CalledSync, CatchUp,
        Concurrency, Counts, DiscardRule, ErrorView, Finished, Hooks, IntoWait, JobDef, JobReturn,
        KeyOf, KeyWriter, Level, Limits, Location, Named, OnConflict, OnCrash, Probe, RateLimit,
        RecurringDef, Registered, Retain, Retry, RetryRule, Rule, Run, StateDef, Unique, Until,
        Verdict, ViaAny, ViaAsRef, ViaDisplay, ViaError, any_error, arg, call, call_blocking,
        call_blocking_plain, call_plain, fallible, find, limit,
    },
    enqueue::{Enqueue, EnqueueInfo, NextEnqueue, TxDef},
    error::{BoxError, Error},
    failure::{DeserializationError, JobError, Unready},
    hooks::{Halt, Next, Outcome},
    job::Job,
    payload::{ArgsReader, ArgsWriter},
    perform_now::PerformNow,
    queue::{DeclaredQueue, Queue},
    workflow::{After, TakesInput},
};
