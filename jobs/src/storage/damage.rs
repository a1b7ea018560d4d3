//! Rows that something else than this crate has changed: each is read as well as it can be, so that it does not stop
//! its neighbours, and the log names it.

use std::fmt;

use crate::{error::Result, failure::JobError};

/// What a column holds, or what stands for it.
pub(crate) fn sound<T: Clone + fmt::Debug>(
    id: impl fmt::Display,
    read: Result<T>,
    instead: T,
) -> T {
    read.unwrap_or_else(|error| {
        tracing::error!(%id, %error, ?instead, "a stored row is damaged; it is read as if it held something else");
        instead
    })
}

/// Stands for a failure that cannot be read.
pub(crate) fn unreadable_failure() -> JobError {
    JobError::plain("", "(the stored failure cannot be read)")
}
