//! Calling code that is not ours: what panics in it, also while it is dropped, comes to an end here.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::failure::Panicked;

/// Calls it; a panic becomes an error.
pub(crate) fn catch<T>(call: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|payload| {
        let message = message(&*payload);
        // A payload may panic as well when it goes; what that panics with is left alone.
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(again);
        }
        Panicked { message }
    })
}

/// Drops a value whose `Drop` is not ours. A panic there is logged and changes nothing else.
pub(crate) fn let_go<T>(value: T) {
    if let Err(panicked) = catch(|| drop(value)) {
        tracing::error!(
            message = panicked.message,
            "a value panicked when it was dropped"
        );
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "(no message)".into())
}
