//! One execution of a job's function inside its hooks, in a worker or by `perform_now`; what comes of it is decided
//! by those two.

mod call;
mod nest;

use std::{future::Future, panic::AssertUnwindSafe};

use futures_util::FutureExt;

pub(crate) use call::{Called, Failed, encode, end_in, kept, look};
pub(crate) use nest::{Core, Nest};

/// Runs a hook; `None` if it panicked, which is logged and changes nothing else.
pub(crate) async fn calmly<T>(name: &str, hook: impl Future<Output = T>) -> Option<T> {
    let ended = AssertUnwindSafe(hook).catch_unwind().await;
    if ended.is_err() {
        tracing::error!(hook = name, "a hook panicked; the job goes on without it");
    }
    ended.ok()
}
