//! Checkpoints and events of running jobs. Whoever writes one locks the row of its job first.

use std::borrow::Cow;

use sqlx::Row as _;
use uuid::Uuid;

use super::{
    PostgresStorage,
    insert::{Batch, Told},
    rows::micros,
    session::{Session, Shape},
};
use crate::{
    error::Result,
    record::JobId,
    storage::{
        Checkpoint, CheckpointKind, Checkpoints, NewWork, Now, Sent, Settle, Settled, TakeEvent,
        TakenEvent,
        row::{count, damaged},
    },
};

impl PostgresStorage {
    pub(super) async fn checkpoints_of(&self, id: JobId, now: Now) -> Result<Checkpoints> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.checkpoints)
            .bind(now)
            .bind(id.as_uuid());
        let rows = session.all(query).await?;
        session.done().await?;
        let (mut all, mut seen) = (Vec::with_capacity(rows.len()), None);
        for row in &rows {
            seen = Some(row.try_get(0)?);
            let Some(kind) = row.try_get::<Option<i16>, _>(1)? else {
                continue;
            };
            let number: i32 = row.try_get(3)?;
            all.push(Checkpoint {
                kind: CheckpointKind::of(kind.into())
                    .ok_or_else(|| damaged(format!("kind {kind} of a checkpoint")))?,
                name: row.try_get(2)?,
                number: count(number.into())?,
                value: row.try_get(4)?,
                until: row.try_get(5)?,
            });
        }
        let now = seen.ok_or_else(|| damaged("no time with the checkpoints".into()))?;
        Ok(Checkpoints { now, all })
    }

    pub(super) async fn write_checkpoint(
        &self,
        settle: &Settle,
        repeated: bool,
        now: Now,
    ) -> Result<Option<Settled>> {
        let alone = settle.jobs.is_empty() && settle.groups.is_empty();
        let shape = if alone { Shape::One } else { Shape::Many };
        let mut session = self.open(shape).await?;
        let query = session
            .statement(&self.sql.checkpoint_write)
            .bind(now)
            .bind(settle.claim.id.as_uuid())
            .bind(settle.claim.worker.0)
            .bind(settle.claim.fence)
            .bind(settle.kind.number())
            .bind(settle.name.clone())
            .bind(settle.value.clone())
            .bind(settle.wait.map(micros));
        let Some(row) = session.maybe(query).await? else {
            return Ok(None);
        };
        let until = row.try_get(0)?;
        let mut inserted = Vec::new();
        if !settle.groups.is_empty() {
            let work = NewWork {
                groups: settle.groups.clone(),
                jobs: settle.jobs.clone(),
                grows: None,
            };
            inserted = self
                .insert_work_in(&mut session, &work, repeated, Told::Own, now)
                .await?;
        } else if !settle.jobs.is_empty() {
            let batch = Batch::new(&settle.jobs);
            let persistent = !self.pooled;
            inserted = self
                .insert_parts(
                    session.connection(),
                    persistent,
                    &settle.jobs,
                    &batch,
                    repeated,
                    Told::Own,
                    now,
                )
                .await?;
        }
        session.done().await?;
        Ok(Some(Settled { until, inserted }))
    }

    pub(super) async fn take_first_event(
        &self,
        take: &TakeEvent,
        now: Now,
    ) -> Result<Option<TakenEvent>> {
        let mut session = self.open(Shape::Many).await?;
        let query = session
            .statement(&self.sql.claim_holds)
            .bind(take.claim.id.as_uuid())
            .bind(take.claim.worker.0)
            .bind(take.claim.fence);
        if session.maybe(query).await?.is_none() {
            return Ok(None);
        }
        let query = session
            .statement(&self.sql.event_take)
            .bind(now)
            .bind(take.claim.id.as_uuid())
            .bind(take.name.clone())
            .bind(i32::try_from(take.number).unwrap_or(i32::MAX))
            .bind(take.within.map(micros));
        let row = session.one(query).await?;
        session.done().await?;
        Ok(Some(TakenEvent {
            value: row.try_get(0)?,
            until: row.try_get(1)?,
        }))
    }

    pub(super) async fn add_event(
        &self,
        id: JobId,
        name: &str,
        value: &str,
        now: Now,
    ) -> Result<Sent> {
        let mut session = self.open(Shape::Many).await?;
        let query = session.statement(&self.sql.cancel_lock).bind(id.as_uuid());
        let sent = if session.maybe(query).await?.is_some() {
            let query = session
                .statement(&self.sql.event_add)
                .bind(now)
                .bind(id.as_uuid())
                .bind(name.to_owned())
                .bind(value.to_owned());
            session.run(query).await?;
            let woken = self.unpark(&mut session, vec![id.as_uuid()]).await?;
            woken
                .into_iter()
                .next()
                .map_or(Sent::Kept, |queue| Sent::Woke(Cow::Owned(queue)))
        } else {
            let query = session.statement(&self.sql.ended).bind(id.as_uuid());
            if session.one(query).await?.try_get(0)? {
                Sent::Ended
            } else {
                Sent::NotFound
            }
        };
        session.done().await?;
        Ok(sent)
    }

    /// Makes those of these parked jobs ready for which something has come; their queues. Their rows are locked.
    pub(super) async fn unpark(
        &self,
        session: &mut Session<'_>,
        jobs: Vec<Uuid>,
    ) -> Result<Vec<String>> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let query = session.statement(&self.sql.unpark).bind(jobs);
        let rows = session.all(query).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Makes those of these parked jobs ready whose children have all ended. Their rows are locked.
    pub(super) async fn unpark_parents(
        &self,
        session: &mut Session<'_>,
        jobs: Vec<Uuid>,
    ) -> Result<()> {
        if jobs.is_empty() {
            return Ok(());
        }
        let query = session.statement(&self.sql.unpark_children).bind(jobs);
        session.run(query).await.map(drop)
    }
}
