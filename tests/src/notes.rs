//! What jobs and hooks tell a test, by job: hooks are plain functions and have no other way.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use jobs::JobId;

static NOTES: LazyLock<Mutex<HashMap<JobId, Vec<String>>>> = LazyLock::new(Mutex::default);

/// Notes something about a job.
pub fn note(id: JobId, what: impl Into<String>) {
    let mut notes = NOTES.lock().unwrap_or_else(PoisonError::into_inner);
    notes.entry(id).or_default().push(what.into());
}

/// All that was noted about a job, in order.
#[must_use]
pub fn notes(id: JobId) -> Vec<String> {
    let notes = NOTES.lock().unwrap_or_else(PoisonError::into_inner);
    notes.get(&id).cloned().unwrap_or_default()
}

/// How often exactly this was noted.
#[must_use]
pub fn count(id: JobId, what: &str) -> usize {
    notes(id).iter().filter(|note| *note == what).count()
}
