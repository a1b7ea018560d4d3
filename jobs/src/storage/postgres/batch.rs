//! Finishes as arrays, for the statements that write them.

use std::{collections::HashSet, time::Duration};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::rows::{clean, micros, no_error, state_code, write};
use crate::{
    error::Result,
    failure::JobError,
    record::State,
    storage::{Awaited, BlockedOn, End, Finish, Next},
};

/// What a dead job is kept for if nothing was said.
const DEAD: Duration = Duration::from_secs(90 * 86_400);

/// Finishes as arrays: those that leave the hot table, and those that stay in it.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) ends: Ends,
    pub(super) moves: Moves,
}

#[derive(Default)]
pub(super) struct Claims {
    pub(super) ids: Vec<Uuid>,
    pub(super) workers: Vec<Uuid>,
    pub(super) fences: Vec<i64>,
    pub(super) ran: Vec<Option<i64>>,
}

#[derive(Default)]
pub(super) struct Ends {
    pub(super) claims: Claims,
    pub(super) states: Vec<i16>,
    pub(super) outputs: Vec<Option<String>>,
    pub(super) reasons: Vec<Option<String>>,
    pub(super) errors: Vec<Option<String>>,
    pub(super) retains: Vec<Option<i64>>,
    pub(super) error_types: Vec<Option<String>>,
    pub(super) messages: Vec<Option<String>>,
    pub(super) chains: Vec<Option<String>>,
    pub(super) logs: Vec<Option<String>>,
}

#[derive(Default)]
pub(super) struct Moves {
    pub(super) claims: Claims,
    pub(super) stages: Vec<i16>,
    pub(super) delays: Vec<Option<i64>>,
    pub(super) queues: Vec<Option<String>>,
    pub(super) priorities: Vec<Option<i16>>,
    pub(super) attempts: Vec<i32>,
    pub(super) runs: Vec<i32>,
    pub(super) crashes: Vec<i32>,
    pub(super) recount: Vec<bool>,
    pub(super) counters: Vec<Option<String>>,
    pub(super) blocked_on: Vec<Option<i16>>,
    pub(super) blocked_for: Vec<Option<i64>>,
    pub(super) record: Vec<bool>,
    pub(super) errors: Vec<Option<String>>,
    pub(super) parked_until: Vec<Option<DateTime<Utc>>>,
    pub(super) awaited: Vec<Option<String>>,
    pub(super) logs: Vec<Option<String>>,
    /// Jobs that go on later in what they began: they take no keys again.
    pub(super) parked: HashSet<Uuid>,
}

impl Batch {
    /// Sorted by job, so that two statements about the same jobs meet in one order.
    pub(super) fn new(done: &[Finish]) -> Result<Self> {
        let mut batch = Self::default();
        let mut sorted: Vec<&Finish> = done.iter().collect();
        sorted.sort_by_key(|finish| (finish.claim.id, finish.claim.fence));
        sorted.dedup_by_key(|finish| finish.claim);
        for finish in sorted {
            match &finish.to {
                Next::End(end) => batch.ends.push(finish, end)?,
                next => batch.moves.push(finish, next)?,
            }
        }
        Ok(batch)
    }
}

impl Claims {
    fn push(&mut self, finish: &Finish) {
        self.ids.push(finish.claim.id.as_uuid());
        self.workers.push(finish.claim.worker.0);
        self.fences.push(finish.claim.fence);
        self.ran.push(finish.ran.map(micros));
    }
}

impl Ends {
    /// Whether a job ends as cancelled: its children do, too.
    pub(super) fn any_cancelled(&self) -> bool {
        let cancelled = state_code(State::Cancelled).ok();
        self.states.iter().any(|state| Some(*state) == cancelled)
    }

    fn push(&mut self, finish: &Finish, end: &End) -> Result<()> {
        let (mut error, mut retain) = (end.error.clone(), end.retain);
        if end.state == State::Dead {
            error = Some(match error {
                Some(error) => error,
                None => no_error(end.reason.as_deref())?,
            });
            retain = Some(retain.unwrap_or(DEAD));
        }
        self.claims.push(finish);
        self.states.push(state_code(end.state)?);
        self.outputs.push(end.output.clone());
        self.reasons.push(end.reason.as_deref().map(clean));
        self.errors.push(failure(error.as_ref())?);
        self.retains.push(retain.map(micros));
        let letter = error.filter(|_| end.state == State::Dead);
        let text = |read: fn(&JobError) -> String| letter.as_ref().map(|error| clean(&read(error)));
        self.error_types
            .push(text(|error| error.type_name().to_owned()));
        self.logs.push(finish.logs.as_deref().map(clean));
        self.messages.push(text(|error| error.message().to_owned()));
        self.chains.push(text(|error| error.chain().join("\n")));
        Ok(())
    }
}

impl Moves {
    /// The jobs that wait for an event.
    pub(super) fn awaiting_events(&self) -> Vec<Uuid> {
        self.awaiting("event:")
    }

    /// Those that wait for children.
    pub(super) fn awaiting_children(&self) -> Vec<Uuid> {
        self.awaiting("children:")
    }

    fn awaiting(&self, what: &str) -> Vec<Uuid> {
        let awaited = self.claims.ids.iter().zip(&self.awaited);
        let of_kind = |on: &Option<String>| on.as_ref().is_some_and(|on| on.starts_with(what));
        awaited
            .filter_map(|(id, on)| of_kind(on).then_some(*id))
            .collect()
    }

    /// Whether any job waits for something besides a time.
    pub(super) fn any_awaits(&self) -> bool {
        self.awaited.iter().any(Option::is_some)
    }

    fn push(&mut self, finish: &Finish, next: &Next) -> Result<()> {
        // What is not said here stays as it is.
        let mut to = Move::default();
        match next {
            Next::End(_) | Next::PutBack => {}
            Next::Retry {
                after,
                queue,
                priority,
                counters,
                error,
            } => {
                to = Move {
                    stage: i16::from(!after.is_zero()),
                    delay: Some(micros(*after)),
                    queue: queue.clone(),
                    priority: *priority,
                    attempts: 1,
                    runs: 1,
                    recount: true,
                    counters: counters.clone(),
                    record: finish.ran.is_some(),
                    error: failure(error.as_ref())?,
                    ..to
                };
            }
            Next::Crashed { error } => {
                to = Move {
                    runs: 1,
                    crashes: 1,
                    record: true,
                    error: failure(Some(error))?,
                    ..to
                };
            }
            Next::Block { on, counters } => {
                to = Move {
                    stage: 2,
                    recount: true,
                    counters: counters.clone(),
                    ..to
                };
                match on {
                    BlockedOn::UnknownKind => to.blocked_on = Some(1),
                    BlockedOn::Unreadable(wait) => {
                        to.blocked_on = Some(2);
                        to.blocked_for = Some(micros(*wait));
                    }
                }
            }
            Next::Park {
                until,
                on,
                counters,
            } => {
                to = Move {
                    stage: 3,
                    recount: true,
                    counters: counters.clone(),
                    parked_until: *until,
                    awaited: on.as_ref().map(Awaited::stored),
                    ..to
                };
                self.parked.insert(finish.claim.id.as_uuid());
            }
        }
        self.claims.push(finish);
        self.stages.push(to.stage);
        self.delays.push(to.delay);
        self.queues.push(to.queue);
        self.priorities.push(to.priority);
        self.attempts.push(to.attempts);
        self.runs.push(to.runs);
        self.crashes.push(to.crashes);
        self.recount.push(to.recount);
        self.counters.push(to.counters);
        self.blocked_on.push(to.blocked_on);
        self.blocked_for.push(to.blocked_for);
        self.record.push(to.record);
        self.errors.push(to.error);
        self.parked_until.push(to.parked_until);
        self.awaited.push(to.awaited);
        self.logs.push(finish.logs.as_deref().map(clean));
        Ok(())
    }
}

#[derive(Default)]
struct Move {
    stage: i16,
    delay: Option<i64>,
    queue: Option<String>,
    priority: Option<i16>,
    attempts: i32,
    runs: i32,
    crashes: i32,
    recount: bool,
    counters: Option<String>,
    blocked_on: Option<i16>,
    blocked_for: Option<i64>,
    record: bool,
    error: Option<String>,
    parked_until: Option<DateTime<Utc>>,
    awaited: Option<String>,
}

fn failure(error: Option<&JobError>) -> Result<Option<String>> {
    error.map(|error| write("error", error)).transpose()
}
