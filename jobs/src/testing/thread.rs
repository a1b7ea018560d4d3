//! Which test a thread belongs to, for calls outside of a task that has a handle.

use std::{cell::RefCell, sync::Weak};

use crate::{
    error::{Error, Result},
    handle::{Inner, Jobs},
};

thread_local! {
    static KITS: RefCell<Vec<Weak<Inner>>> = const { RefCell::new(Vec::new()) };
    static REFUSES: RefCell<bool> = const { RefCell::new(false) };
}

/// The handle of the kit that was made on this thread last; an error on the threads of `#[jobs::test]`, where every
/// task has its handle unless it lost it; `None` elsewhere.
pub(crate) fn on_this_thread() -> Option<Result<Jobs>> {
    let made = KITS.with_borrow_mut(|kits| {
        kits.retain(|kit| kit.strong_count() > 0);
        kits.last().and_then(Jobs::upgrade)
    });
    match made {
        Some(jobs) => Some(Ok(jobs)),
        None => REFUSES
            .with_borrow(|refuses| *refuses)
            .then_some(Err(Error::OutsideTest)),
    }
}

/// Calls on this thread mean this handle, for as long as it lives.
pub(super) fn enter(jobs: &Jobs) {
    KITS.with_borrow_mut(|kits| kits.push(jobs.downgrade()));
}

/// Calls on this thread need a task with a handle.
pub(super) fn refuse(refuses: bool) {
    REFUSES.set(refuses);
}
