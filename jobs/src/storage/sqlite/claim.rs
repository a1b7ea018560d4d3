//! Claiming: one statement for each queue, over the claim index.

use std::sync::atomic::Ordering;

use chrono::DateTime;
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{
    SqliteStorage,
    admit::{self, Admission},
    errors::database,
    place::Place,
    statements::{Statements, query},
};
use crate::{
    error::Result,
    record::JobId,
    storage::{
        Claim, ClaimRef, Claimed, GroupId, Keys, KindId, Now, Take, Wake, WorkerId,
        damage::sound,
        row::{count, priority, tags, time},
    },
    trace::TraceContext,
};

/// So often a claim of one queue goes on in one transaction; each round sets a thousand jobs of full keys aside.
const ROUNDS: usize = 1_000;

impl SqliteStorage {
    pub(super) async fn claim_jobs(&self, claim: Claim, now: Now) -> Result<Vec<Claimed>> {
        let Claim { worker, mut takes } = claim;
        takes.retain(|take| take.at_most > 0);
        if takes.is_empty() {
            return Ok(Vec::new());
        }
        if self.fruitless.load(Ordering::Relaxed) && !self.any_ready(&takes).await? {
            return Ok(Vec::new());
        }
        let (statements, clock) = (self.statements.clone(), self.clock.clone());
        let takes: std::sync::Arc<[Take]> = takes.into();
        let (all, opens) = self
            .writer
            .write(move |connection| {
                let (statements, takes) = (statements.clone(), takes.clone());
                let now = clock.micros(now);
                Box::pin(async move {
                    let (mut all, mut opens) = (Vec::new(), None);
                    for take in takes.iter() {
                        let mut take = take.clone();
                        // Where jobs were turned away by limits, those behind them are asked.
                        for _ in 0..ROUNDS {
                            let got =
                                take_from(connection, &statements, worker, &take, now).await?;
                            take.at_most -=
                                u32::try_from(got.jobs.len()).unwrap_or(0).min(take.at_most);
                            all.extend(got.jobs);
                            opens = opens.into_iter().chain(got.opens).min();
                            if got.blocked == 0 || take.at_most == 0 {
                                break;
                            }
                        }
                    }
                    Ok((all, opens))
                })
            })
            .await?;
        self.fruitless.store(all.is_empty(), Ordering::Relaxed);
        if let Some(opens) = opens {
            let wait = u64::try_from(opens.saturating_sub(self.clock.micros(now))).unwrap_or(0);
            // Nobody listens while no worker runs here.
            let _ = self
                .nudges
                .send(Wake::DueIn(std::time::Duration::from_micros(wait)));
        }
        Ok(all)
    }

    /// A look of a worker that has nothing to do. Every commit of any process brings one, and there is one writer among
    /// all of them: what finds nothing must not stand in its way.
    async fn any_ready(&self, takes: &[Take]) -> Result<bool> {
        if matches!(self.place, Place::Memory) {
            return Ok(true);
        }
        for take in takes {
            if self.count_ready(take.queue.to_string(), 1).await? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

async fn take_from(
    connection: &mut SqliteConnection,
    statements: &Statements,
    worker: WorkerId,
    take: &Take,
    now: i64,
) -> Result<Admission> {
    let mut rows = query(&statements.claim)
        .bind(worker.0)
        .bind(now)
        .bind(take.queue.to_string())
        .bind(take.at_most)
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?
        .iter()
        .map(|row| {
            let seq: i64 = row.try_get(0).map_err(database)?;
            let claimed = claimed(row, worker, take.queue.to_string(), now)?;
            Ok((seq, claimed))
        })
        .collect::<Result<Vec<_>>>()?;
    // RETURNING keeps no order.
    rows.sort_unstable_by_key(|(seq, (job, _))| (job.priority, job.run_at, *seq));
    let rows = rows.into_iter().map(|(_, job)| job).collect();
    admit::admit(connection, statements, &take.queue, rows, now).await
}

/// The columns that `claim` and `lost_claims` have in common.
pub(super) fn claimed(
    row: &SqliteRow,
    worker: WorkerId,
    queue: String,
    claimed_at: i64,
) -> Result<(Claimed, Option<Keys>)> {
    let keys = Keys::read(row.try_get(14).map_err(database)?);
    let group: Option<uuid::Uuid> = row.try_get(15).map_err(database)?;
    let listed = row
        .try_get::<Option<i32>, _>(16)
        .map_err(database)?
        .is_some();
    let get = |at: usize| row.try_get::<i64, _>(at).map_err(database);
    let id = row.try_get::<uuid::Uuid, _>(1).map_err(database)?;
    let counted = |at: usize| sound(id, get(at).and_then(count), 0);
    let timed = |micros: i64| sound(id, time(micros), DateTime::UNIX_EPOCH);
    let claimed = Claimed {
        claim: ClaimRef {
            id: JobId::from(id),
            worker,
            fence: get(2)?,
            keyed: keys.as_ref().is_some_and(Keys::matter_to_claims),
            grouped: group.is_some() || keys.as_ref().is_some_and(Keys::outlives_claims),
        },
        // No code knows this one: the job waits.
        kind: sound(id, row.try_get(3).map_err(database).map(KindId), KindId(-1)),
        // Newer than any code: the job waits as well.
        version: sound(id, get(4).and_then(count), u32::MAX),
        queue,
        priority: sound(id, get(5).and_then(priority), i16::MAX),
        run_at: timed(get(6)?),
        enqueued_at: timed(get(7)?),
        claimed_at: timed(claimed_at),
        attempt: counted(8),
        runs: counted(9),
        crashes: counted(10),
        counters: sound(id, row.try_get(11).map_err(database), None),
        args: sound(id, row.try_get(12).map_err(database), String::new()),
        tags: sound(
            id,
            row.try_get(13).map_err(database).and_then(tags),
            Vec::new(),
        ),
        refused: false,
        batch: group.filter(|_| !listed).map(GroupId),
        trace: row
            .try_get::<Option<&str>, _>(17)
            .ok()
            .flatten()
            .and_then(TraceContext::read),
    };
    Ok((claimed, keys))
}
