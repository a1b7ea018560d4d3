//! The ends of claims after which the job stays in the hot table, as rows of one statement.

use serde::{Serialize, ser::SerializeTuple as _};

use super::{clock::after, encode::Hex};
use crate::storage::{
    Awaited, BlockedOn, Finish, Next,
    row::{UNKNOWN_KIND, UNREADABLE},
};

/// What a released job's row becomes; `None` keeps what was there, except in the two `blocked` fields and `waits_for`.
/// Serialized as an array in this order.
#[derive(Debug)]
pub(super) struct Release<'a> {
    id: Hex,
    worker: Hex,
    fence: i64,
    how: i64,
    stage: i64,
    run_at: Option<i64>,
    queue: Option<&'a str>,
    priority: Option<i16>,
    keeps_counters: bool,
    counters: Option<&'a str>,
    attempts: i64,
    runs: i64,
    crashes: i64,
    blocked_on: Option<i64>,
    blocked_until: Option<i64>,
    waits_for: Option<String>,
}

impl Serialize for Release<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_tuple(16)?;
        row.serialize_element(&self.id)?;
        row.serialize_element(&self.worker)?;
        row.serialize_element(&self.fence)?;
        row.serialize_element(&self.how)?;
        row.serialize_element(&self.stage)?;
        row.serialize_element(&self.run_at)?;
        row.serialize_element(&self.queue)?;
        row.serialize_element(&self.priority)?;
        row.serialize_element(&self.keeps_counters)?;
        row.serialize_element(&self.counters)?;
        row.serialize_element(&self.attempts)?;
        row.serialize_element(&self.runs)?;
        row.serialize_element(&self.crashes)?;
        row.serialize_element(&self.blocked_on)?;
        row.serialize_element(&self.blocked_until)?;
        row.serialize_element(&self.waits_for)?;
        row.end()
    }
}

/// How a claim ended, as `last_end` says it.
pub(super) fn how_it_ended(next: &Next) -> Option<i64> {
    match next {
        Next::End(_) => None,
        Next::Retry { .. } => Some(1),
        Next::PutBack => Some(2),
        Next::Crashed { .. } => Some(3),
        Next::Block { .. } => Some(4),
        Next::Park { .. } => Some(5),
    }
}

impl<'a> Release<'a> {
    /// `None` for a job that ends.
    pub(super) fn of(item: &'a Finish, now: i64) -> Option<Self> {
        // As `PutBack` has it; the others differ from that.
        let mut row = Self {
            id: item.claim.id.into(),
            worker: Hex(item.claim.worker.0),
            fence: item.claim.fence,
            how: how_it_ended(&item.to)?,
            stage: 0,
            run_at: None,
            queue: None,
            priority: None,
            keeps_counters: true,
            counters: None,
            attempts: 0,
            runs: 0,
            crashes: 0,
            blocked_on: None,
            blocked_until: None,
            waits_for: None,
        };
        match &item.to {
            Next::End(_) | Next::PutBack => {}
            Next::Retry {
                after: wait,
                queue,
                priority,
                counters,
                ..
            } => {
                row.stage = i64::from(!wait.is_zero());
                row.run_at = Some(after(now, *wait));
                row.queue = queue.as_deref();
                row.priority = *priority;
                row.keeps_counters = false;
                row.counters = counters.as_deref();
                row.attempts = 1;
                row.runs = 1;
            }
            Next::Crashed { .. } => {
                row.runs = 1;
                row.crashes = 1;
            }
            Next::Block { on, counters } => {
                row.stage = 2;
                row.keeps_counters = false;
                row.counters = counters.as_deref();
                match on {
                    BlockedOn::UnknownKind => row.blocked_on = Some(UNKNOWN_KIND),
                    BlockedOn::Unreadable(wait) => {
                        row.blocked_on = Some(UNREADABLE);
                        row.blocked_until = Some(after(now, *wait));
                    }
                }
            }
            Next::Park {
                until,
                on,
                counters,
            } => {
                row.stage = 3;
                row.keeps_counters = false;
                row.counters = counters.as_deref();
                row.blocked_until = until.map(|until| until.timestamp_micros());
                row.waits_for = on.as_ref().map(Awaited::stored);
            }
        }
        Some(row)
    }
}
