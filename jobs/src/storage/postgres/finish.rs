//! The end of claims, each guarded by job, worker and fence.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{
    PostgresStorage, groups,
    rows::{clean, micros, no_error, state_code, write},
    session::{Session, Shape},
    uniques::Returned,
};
use crate::{
    error::Result,
    failure::JobError,
    record::{Progress, State},
    storage::{
        Ack, BlockedOn, ClaimRef, End, Finish, Next, Now,
        settle::{Change, Place},
    },
};

/// What a dead job is kept for if nothing was said.
const DEAD: Duration = Duration::from_secs(90 * 86_400);

/// Finishes as arrays: those that leave the hot table, and those that stay in it.
#[derive(Default)]
pub(super) struct Batch {
    ends: Ends,
    moves: Moves,
}

#[derive(Default)]
struct Claims {
    ids: Vec<Uuid>,
    workers: Vec<Uuid>,
    fences: Vec<i64>,
    ran: Vec<Option<i64>>,
}

#[derive(Default)]
struct Ends {
    claims: Claims,
    states: Vec<i16>,
    outputs: Vec<Option<String>>,
    reasons: Vec<Option<String>>,
    errors: Vec<Option<String>>,
    retains: Vec<Option<i64>>,
    error_types: Vec<Option<String>>,
    messages: Vec<Option<String>>,
    chains: Vec<Option<String>>,
}

#[derive(Default)]
struct Moves {
    claims: Claims,
    stages: Vec<i16>,
    delays: Vec<Option<i64>>,
    queues: Vec<Option<String>>,
    priorities: Vec<Option<i16>>,
    attempts: Vec<i32>,
    runs: Vec<i32>,
    crashes: Vec<i32>,
    recount: Vec<bool>,
    counters: Vec<Option<String>>,
    blocked_on: Vec<Option<i16>>,
    blocked_for: Vec<Option<i64>>,
    record: Vec<bool>,
    errors: Vec<Option<String>>,
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
        self.messages.push(text(|error| error.message().to_owned()));
        self.chains.push(text(|error| error.chain().join("\n")));
        Ok(())
    }
}

impl Moves {
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
}

fn failure(error: Option<&JobError>) -> Result<Option<String>> {
    error.map(|error| write("error", error)).transpose()
}

/// The members of groups that have ended.
fn changes(
    done: &[Finish],
    written: &HashSet<Uuid>,
    cancelled: &HashSet<Uuid>,
    places: &HashMap<Uuid, Place>,
) -> Vec<Change> {
    if places.values().all(|place| *place == Place::default()) {
        return Vec::new();
    }
    // A job can be here twice with different fences; the outputs of stale runs are not its own, but it ends once.
    let mut seen = HashSet::with_capacity(done.len());
    let ended = done.iter().rev().filter_map(|finish| {
        let id = finish.claim.id.as_uuid();
        let place = *places.get(&id)?;
        match &finish.to {
            Next::End(end) if written.contains(&id) && seen.insert(id) => Some(Change {
                output: end.output.clone(),
                ..Change::ended(id, place, end.state)
            }),
            _ if cancelled.contains(&id) && seen.insert(id) => {
                Some(Change::ended(id, place, State::Cancelled))
            }
            _ => None,
        }
    });
    ended.collect()
}

impl PostgresStorage {
    pub(super) async fn finish_all(
        &self,
        done: &[Finish],
        batch: &Batch,
        now: Now,
    ) -> Result<Vec<Ack>> {
        let (ends, moves) = (
            !batch.ends.claims.ids.is_empty(),
            !batch.moves.claims.ids.is_empty(),
        );
        if !ends && !moves {
            return Ok(Vec::new());
        }
        let more = |finish: &Finish| finish.claim.keyed || finish.claim.grouped;
        let keyed = done.iter().any(more);
        let shape = if keyed || (ends && moves) {
            Shape::Many
        } else {
            Shape::One
        };
        let mut session = self.urgent(shape).await?;
        let mut written = HashSet::with_capacity(done.len());
        let mut cancelled = HashSet::new();
        let (mut over, mut moved) = (Returned::default(), Returned::default());
        let mut places = HashMap::new();
        if moves {
            for row in self.write_moves(&mut session, &batch.moves, now).await? {
                let id = row.try_get(0)?;
                written.insert(id);
                if row.try_get(3)? {
                    cancelled.insert(id);
                    over.note(&row)?;
                    places.extend([groups::place_of(&row, [0, 1, 4])?]);
                } else {
                    moved.note(&row)?;
                }
            }
        }
        if ends {
            for row in self.write_ends(&mut session, &batch.ends, now).await? {
                written.insert(row.try_get(0)?);
                over.note(&row)?;
                places.extend([groups::place(&row, 0)?]);
            }
        }
        self.give_back(&mut session, over, moved, now).await?;
        let changes = changes(done, &written, &cancelled, &places);
        self.follow(&mut session, changes, now).await?;
        // A job can be here twice with different fences; at most one of them was its claim.
        let mut seen = HashSet::with_capacity(done.len());
        let all_written =
            written.len() == done.len() && done.iter().all(|finish| seen.insert(finish.claim.id));
        let settled = if all_written {
            None
        } else {
            Some(self.settled(&mut session, done).await?)
        };
        session.done().await?;
        Ok((0..done.len())
            .map(|n| match &settled {
                None if cancelled.contains(&done[n].claim.id.as_uuid()) => Ack::Cancelled,
                None => Ack::Done,
                Some(settled) => settled.get(&n).copied().unwrap_or(Ack::Stale),
            })
            .collect())
    }

    async fn write_ends(
        &self,
        session: &mut Session<'_>,
        ends: &Ends,
        now: Now,
    ) -> Result<Vec<PgRow>> {
        let query = session
            .statement(&self.sql.ends)
            .bind(now)
            .bind(&ends.claims.ids)
            .bind(&ends.claims.workers)
            .bind(&ends.claims.fences)
            .bind(&ends.claims.ran)
            .bind(&ends.states)
            .bind(&ends.outputs)
            .bind(&ends.reasons)
            .bind(&ends.errors)
            .bind(&ends.retains)
            .bind(&ends.error_types)
            .bind(&ends.messages)
            .bind(&ends.chains);
        session.all(query).await
    }

    async fn write_moves(
        &self,
        session: &mut Session<'_>,
        moves: &Moves,
        now: Now,
    ) -> Result<Vec<PgRow>> {
        let query = session
            .statement(&self.sql.moves)
            .bind(now)
            .bind(&moves.claims.ids)
            .bind(&moves.claims.workers)
            .bind(&moves.claims.fences)
            .bind(&moves.claims.ran)
            .bind(&moves.stages)
            .bind(&moves.delays)
            .bind(&moves.queues)
            .bind(&moves.priorities)
            .bind(&moves.attempts)
            .bind(&moves.runs)
            .bind(&moves.crashes)
            .bind(&moves.recount)
            .bind(&moves.counters)
            .bind(&moves.blocked_on)
            .bind(&moves.blocked_for)
            .bind(&moves.record)
            .bind(&moves.errors);
        session.all(query).await
    }

    /// Which finishes are written, and as what, now or by an earlier try whose answer was lost: the database shows their claim.
    async fn settled(
        &self,
        session: &mut Session<'_>,
        done: &[Finish],
    ) -> Result<HashMap<usize, Ack>> {
        let (mut ids, mut workers, mut fences, mut fleeting) = (vec![], vec![], vec![], vec![]);
        let (mut states, mut went): (Vec<Option<i16>>, Vec<Option<i16>>) = (vec![], vec![]);
        for finish in done {
            let ClaimRef {
                id, worker, fence, ..
            } = finish.claim;
            ids.push(id.as_uuid());
            workers.push(worker.0);
            fences.push(fence);
            fleeting.push(matches!(
                &finish.to,
                Next::End(End { retain: None, state, .. }) if *state != State::Dead
            ));
            // As `moves.sql` writes them.
            let (state, how) = match &finish.to {
                Next::End(end) => (Some(state_code(end.state)?), None),
                Next::Retry { .. } => (None, Some(1)),
                Next::PutBack => (None, Some(2)),
                Next::Crashed { .. } => (None, Some(3)),
                Next::Block { .. } => (None, Some(4)),
            };
            states.push(state);
            went.push(how);
        }
        let query = session
            .statement(&self.sql.settled)
            .bind(ids)
            .bind(workers)
            .bind(fences)
            .bind(fleeting)
            .bind(states)
            .bind(went);
        session
            .all(query)
            .await?
            .iter()
            .map(|row| {
                let n: i64 = row.try_get(0)?;
                let ack = if row.try_get(1)? {
                    Ack::Cancelled
                } else {
                    Ack::Done
                };
                Ok((usize::try_from(n - 1).unwrap_or(usize::MAX), ack))
            })
            .collect()
    }

    pub(super) async fn note_progress(&self, said: &[(ClaimRef, Progress)]) -> Result<()> {
        if said.is_empty() {
            return Ok(());
        }
        let texts = said
            .iter()
            .map(|(_, progress)| write("progress", progress))
            .collect::<Result<Vec<_>>>()?;
        let mut session = self.open(Shape::One).await?;
        let claims = || said.iter().map(|(claim, _)| claim);
        let query = session
            .statement(&self.sql.progress)
            .bind(claims().map(|claim| claim.id.as_uuid()).collect::<Vec<_>>())
            .bind(claims().map(|claim| claim.worker.0).collect::<Vec<_>>())
            .bind(claims().map(|claim| claim.fence).collect::<Vec<_>>())
            .bind(texts);
        session.run(query).await?;
        session.done().await
    }
}
