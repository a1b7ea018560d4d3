//! Signs of life: one row per worker process.

use sqlx::Row as _;
use uuid::Uuid;

use super::{
    PostgresStorage,
    rows::{claimed, clean, micros, write},
    session::{Session, Shape},
};
use crate::{
    error::Result,
    record::JobId,
    storage::{Lost, Now, Renewed, WorkerId, WorkerInfo, inspect::Ask, sql::slots},
};

impl PostgresStorage {
    pub(super) async fn register_worker(&self, worker: &WorkerInfo, now: Now) -> Result<()> {
        let kinds: Vec<_> = worker
            .kinds
            .iter()
            .map(|(kind, version)| (kind.0, *version))
            .collect();
        self.sleepers.forget(worker.id);
        let mut session = self.urgent(Shape::One).await?;
        let query = session
            .statement(&self.sql.register)
            .bind(now)
            .bind(worker.id.0)
            .bind(clean(&worker.host))
            .bind(i64::from(worker.pid))
            .bind(micros(worker.lease))
            .bind(write("kinds", &kinds)?)
            .bind(write("pools", &slots(&worker.pools))?);
        session.run(query).await?;
        session.done().await
    }

    pub(super) async fn renew_worker(&self, worker: WorkerId, now: Now) -> Result<Renewed> {
        let mut session = self.urgent(Shape::One).await?;
        let query = session.statement(&self.sql.renew).bind(now).bind(worker.0);
        let row = session.one(query).await?;
        session.done().await?;
        let cancel: Vec<Uuid> = row.try_get(1)?;
        Ok(Renewed {
            alive: row.try_get(0)?,
            cancel: cancel.into_iter().map(JobId::from).collect(),
            asked: Ask::read(row.try_get::<Option<i16>, _>(2)?.map(i64::from)),
        })
    }

    pub(super) async fn deregister_worker(&self, worker: WorkerId, now: Now) -> Result<()> {
        self.sleepers.forget(worker);
        let mut session = self.urgent(Shape::One).await?;
        let query = session
            .statement(&self.sql.deregister)
            .bind(now)
            .bind(worker.0);
        session.run(query).await?;
        session.done().await
    }

    pub(super) async fn say_asleep(
        &self,
        session: &mut Session<'_>,
        worker: WorkerId,
        asleep: bool,
    ) -> Result<()> {
        let query = session
            .statement(&self.sql.asleep)
            .bind(worker.0)
            .bind(asleep);
        session.run(query).await?;
        Ok(())
    }

    /// The search for claims reads the whole hot table, for no index may name the worker: a claim would be no HOT update
    /// any more. So it is done only while a lost worker may have some: until none is found, and none of its claims can
    /// be under way any more; and once for each worker that stopped.
    pub(super) async fn lost_claims(&self, limit: u32, now: Now) -> Result<Vec<Lost>> {
        let mut session = self.open(Shape::Many).await?;
        let query = session.statement(&self.sql.declare_lost).bind(now);
        let mut workers: Vec<Uuid> = Vec::new();
        let mut long: Vec<Uuid> = Vec::new();
        for row in session.all(query).await? {
            workers.push(row.try_get(0)?);
            if row.try_get(1)? {
                long.push(row.try_get(0)?);
            }
        }
        let mut found: Vec<Lost> = Vec::new();
        if !workers.is_empty() {
            let query = session
                .statement(&self.sql.lost)
                .bind(&workers)
                .bind(i64::from(limit));
            found = session
                .all(query)
                .await?
                .iter()
                .map(|row| {
                    Ok(Lost {
                        claimed: claimed(row)?.0,
                        begun: row.try_get("begun")?,
                    })
                })
                .collect::<Result<_>>()?;
            if found.len() < limit as usize {
                long.retain(|worker| {
                    found
                        .iter()
                        .all(|job| job.claimed.claim.worker.0 != *worker)
                });
                if !long.is_empty() {
                    let query = session.statement(&self.sql.clear_lost).bind(&long);
                    session.run(query).await?;
                }
            }
        }
        session.done().await?;
        Ok(found)
    }
}
