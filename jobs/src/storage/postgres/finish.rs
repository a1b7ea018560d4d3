//! The end of claims, each guarded by job, worker and fence.

use std::collections::{HashMap, HashSet};

use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{
    PostgresStorage,
    batch::{Batch, Ends, Moves},
    groups,
    rows::{state_code, write},
    session::{Session, Shape},
    uniques::Returned,
};
use crate::{
    error::Result,
    record::{Progress, State},
    storage::{
        Ack, ClaimRef, End, Finish, Next, Now,
        settle::{Change, Place},
    },
};

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

/// The jobs among these that have ended as cancelled.
fn cancelled_now(done: &[Finish], written: &HashSet<Uuid>, cancelled: &HashSet<Uuid>) -> Vec<Uuid> {
    let ended = done.iter().filter_map(|finish| {
        let id = finish.claim.id.as_uuid();
        match &finish.to {
            Next::End(end) if end.state == State::Cancelled => written.contains(&id).then_some(id),
            _ => cancelled.contains(&id).then_some(id),
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
        let keyed = done.iter().any(more) || batch.ends.any_cancelled();
        let shape = if keyed || (ends && moves) || batch.moves.any_awaits() {
            Shape::Many
        } else {
            Shape::One
        };
        let mut session = self.urgent(shape).await?;
        let acks = self.finish_in(&mut session, done, batch, now).await?;
        session.done().await?;
        Ok(acks)
    }

    /// The same on a connection that is there.
    pub(super) async fn finish_in(
        &self,
        session: &mut Session<'_>,
        done: &[Finish],
        batch: &Batch,
        now: Now,
    ) -> Result<Vec<Ack>> {
        let ends = !batch.ends.claims.ids.is_empty();
        let moves = !batch.moves.claims.ids.is_empty();
        let mut written = HashSet::with_capacity(done.len());
        let mut cancelled = HashSet::new();
        let (mut over, mut moved) = (Returned::default(), Returned::default());
        let mut parked = Returned::default();
        let mut places = HashMap::new();
        if moves {
            for row in self.write_moves(session, &batch.moves, now).await? {
                let id = row.try_get(0)?;
                written.insert(id);
                if row.try_get(3)? {
                    cancelled.insert(id);
                    over.note(&row)?;
                    places.extend([groups::place_of(&row, [0, 1, 4])?]);
                } else if batch.moves.parked.contains(&id) {
                    parked.note(&row)?;
                } else {
                    moved.note(&row)?;
                }
            }
        }
        if ends {
            for row in self.write_ends(session, &batch.ends, now).await? {
                written.insert(row.try_get(0)?);
                over.note(&row)?;
                places.extend([groups::place(&row, 0)?]);
            }
        }
        self.give_back(session, over, moved, now).await?;
        self.give_back_slots(session, &parked, now).await?;
        self.unpark(session, batch.moves.awaiting_events()).await?;
        self.unpark_parents(session, batch.moves.awaiting_children())
            .await?;
        let changes = changes(done, &written, &cancelled, &places);
        self.follow(session, changes, now).await?;
        let asked = cancelled_now(done, &written, &cancelled);
        self.cancel_children_of(session, asked, groups::KEPT, now)
            .await?;
        // A job can be here twice with different fences; at most one of them was its claim.
        let mut seen = HashSet::with_capacity(done.len());
        let all_written =
            written.len() == done.len() && done.iter().all(|finish| seen.insert(finish.claim.id));
        let settled = if all_written {
            None
        } else {
            Some(self.settled(session, done).await?)
        };
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
            .bind(&ends.chains)
            .bind(&ends.logs);
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
            .bind(&moves.errors)
            .bind(&moves.parked_until)
            .bind(&moves.awaited)
            .bind(&moves.logs);
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
                Next::Park { .. } => (None, Some(5)),
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
