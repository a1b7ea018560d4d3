//! What an insert of jobs has to tell: whom to wake, and when. Pure.

use chrono::{DateTime, Utc};

use super::{NewJob, RunAt, Wake};

/// The queues that have something now, and when the earliest of the others is due.
pub(crate) fn wakes<'j>(
    jobs: impl IntoIterator<Item = &'j NewJob>,
    now: DateTime<Utc>,
) -> Vec<Wake> {
    let mut queues = Vec::new();
    let mut due: Option<std::time::Duration> = None;
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
