//! `perform_now`: the job here and now, hooks and state included, without a row.

use crate::job::Job;

/// A job about to run in place; `.await` runs it.
#[must_use = "a job runs only when this is awaited"]
#[derive(Debug)]
pub struct PerformNow<J> {
    job: J,
}

impl<J: Job> PerformNow<J> {
    #[doc(hidden)]
    pub fn __new(job: J) -> Self {
        Self { job }
    }
}
