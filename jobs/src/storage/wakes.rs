//! What is told to workers, and what an insert of jobs has to tell. Pure.

use std::{borrow::Cow, time::Duration};

use chrono::{DateTime, Utc};

use super::{NewJob, RunAt};

/// Something happened that may give work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wake {
    /// Jobs are ready; empty means any queue.
    Ready(Vec<Cow<'static, str>>),
    /// A job is scheduled to be due in so long.
    DueIn(Duration),
    /// A running job was asked to end.
    Cancel,
    /// Queues were paused or resumed, or recurring tasks changed.
    Settings,
    /// Look at everything: the database changed, or notifications may have been lost.
    All,
}

/// The queues that have something now, and when the earliest of the others is due.
pub(crate) fn wakes<'j>(
    jobs: impl IntoIterator<Item = &'j NewJob>,
    now: DateTime<Utc>,
) -> Vec<Wake> {
    let mut queues = Vec::new();
    let mut due: Option<Duration> = None;
    for job in jobs {
        let wait = match job.run_at {
            RunAt::Now => None,
            RunAt::In(delay) => Some(delay),
            RunAt::At(time) => (time - now).to_std().ok(),
        };
        match wait.filter(|wait| !wait.is_zero()) {
            Some(wait) => due = Some(due.map_or(wait, |due| due.min(wait))),
            None if !queues.contains(&job.queue) => queues.push(job.queue.clone()),
            None => {}
        }
    }
    let ready = (!queues.is_empty()).then_some(Wake::Ready(queues));
    ready.into_iter().chain(due.map(Wake::DueIn)).collect()
}
