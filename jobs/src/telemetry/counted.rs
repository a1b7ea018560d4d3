//! Counting what happens to jobs. Without a recorder, or without feature `metrics`, this is nothing.

use crate::{
    definition::JobDef,
    record::State,
    storage::{Ack, Claimed, Finish, Inserted, NewJob, Next},
};

/// Whose numbers these are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Of<'a> {
    pub(crate) job: &'a str,
    #[cfg_attr(not(feature = "metrics"), expect(dead_code, reason = "a label"))]
    pub(crate) queue: &'a str,
}

/// How an execution ended, as the label `outcome` says it.
pub(super) fn outcome(to: &Next) -> &'static str {
    match to {
        Next::End(end) => match end.state {
            State::Discarded => "discarded",
            State::Dead => "dead",
            State::Cancelled => "cancelled",
            _ => "succeeded",
        },
        Next::Retry { .. } => "retried",
        Next::Crashed { .. } => "crashed",
        Next::PutBack => "put_back",
        Next::Block { .. } => "blocked",
        Next::Park { .. } => "parked",
    }
}

/// A recorder is installed: one that keeps nothing has no size. Labels are made only for one that keeps something.
#[cfg(feature = "metrics")]
pub(super) fn recorded() -> bool {
    metrics::with_recorder(|recorder| size_of_val(recorder) > 0)
}

#[cfg(feature = "metrics")]
fn labels(of: Of<'_>) -> [(&'static str, String); 2] {
    [("job", of.job.to_owned()), ("queue", of.queue.to_owned())]
}

/// A job was stored, or joined a transaction that may commit.
pub(crate) fn enqueued(job: &'static JobDef, new: &NewJob, inserted: Inserted) {
    #[cfg(feature = "metrics")]
    if inserted == Inserted::New && recorded() {
        let of = Of {
            job: job.name,
            queue: &new.queue,
        };
        metrics::counter!(super::names::ENQUEUED, &labels(of)).increment(1);
    }
    let _ = (job, new, inserted);
}

/// An execution that is under way, for the gauge of those; it leaves it when this goes.
#[derive(Debug)]
pub(crate) struct Started {
    #[cfg(feature = "metrics")]
    running: Option<metrics::Gauge>,
    #[cfg(feature = "metrics")]
    memory: Option<super::names::Memory>,
}

/// The function of a job is about to be called.
pub(crate) fn started(job: &'static JobDef, claimed: &Claimed) -> Started {
    #[cfg(feature = "metrics")]
    if recorded() {
        let labels = labels(Of {
            job: job.name,
            queue: &claimed.queue,
        });
        let waited = claimed.claimed_at - claimed.run_at;
        let waited = waited.to_std().unwrap_or_default().as_secs_f64();
        metrics::counter!(super::names::STARTED, &labels).increment(1);
        metrics::histogram!(super::names::LATENCY, &labels).record(waited);
        let running = metrics::gauge!(super::names::RUNNING, &labels);
        running.increment(1);
        return Started {
            running: Some(running),
            memory: super::names::Memory::begin(&labels),
        };
    }
    let _ = (job, claimed);
    Started {
        #[cfg(feature = "metrics")]
        running: None,
        #[cfg(feature = "metrics")]
        memory: None,
    }
}

#[cfg(feature = "metrics")]
impl Drop for Started {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.decrement(1);
        }
        if let Some(memory) = self.memory.take() {
            memory.end();
        }
    }
}

/// The end of a claim is written, or was superseded.
pub(crate) fn ended(of: Of<'_>, finish: &Finish, ack: Ack) {
    #[cfg(feature = "metrics")]
    if recorded() {
        record_end(of, finish, ack);
    }
    let _ = (of, finish, ack);
}

#[cfg(feature = "metrics")]
fn record_end(of: Of<'_>, finish: &Finish, ack: Ack) {
    use super::names::{DEAD, DURATION, FINISHED, RETRIES, STALE};
    let [job, queue] = labels(of);
    if ack == Ack::Stale {
        metrics::counter!(STALE, &[job, queue]).increment(1);
        return;
    }
    let outcome = match ack {
        Ack::Cancelled => "cancelled",
        _ => outcome(&finish.to),
    };
    let in_place = [job.clone(), queue.clone()];
    let ended = [job, queue, ("outcome", outcome.to_owned())];
    match outcome {
        "retried" => metrics::counter!(RETRIES, &in_place).increment(1),
        "dead" => metrics::counter!(DEAD, &in_place).increment(1),
        _ => {}
    }
    // What was never called and goes back to where it was is no execution.
    if finish.ran.is_none() && matches!(finish.to, Next::PutBack | Next::Block { .. }) {
        return;
    }
    metrics::counter!(FINISHED, &ended).increment(1);
    if let Some(ran) = finish.ran {
        metrics::histogram!(DURATION, &ended).record(ran.as_secs_f64());
    }
}
