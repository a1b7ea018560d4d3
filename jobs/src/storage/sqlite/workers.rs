//! Worker processes: their rows are for people and for handing over the claims of dead ones.

use sqlx::Row as _;
use uuid::Uuid;

use super::{
    SqliteStorage,
    claim::claimed,
    clock::micros,
    encode::{ids, json},
    errors::database,
    statements::query,
};
use crate::{
    error::{Error, Result},
    record::JobId,
    storage::{Lost, Now, Renewed, WorkerId, WorkerInfo, inspect::Ask, sql::slots},
};

impl SqliteStorage {
    pub(super) async fn register_worker(&self, worker: WorkerInfo, now: Now) -> Result<()> {
        if *self.closed.borrow() {
            return Err(Error::Closed);
        }
        // First the lock: whoever sees the row finds it taken.
        self.liveness.hold(worker.id)?;
        let now = self.clock.micros(now);
        let kinds = worker.kinds.iter().map(|(kind, version)| (kind.0, version));
        let kinds = json(&kinds.collect::<Vec<_>>())?;
        let pools = json(&slots(&worker.pools))?;
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let register = query(&statements.worker_register)
                    .bind(worker.id.0)
                    .bind(worker.host.clone())
                    .bind(worker.pid)
                    .bind(now)
                    .bind(micros(worker.lease))
                    .bind(kinds.clone())
                    .bind(pools.clone());
                Box::pin(async move {
                    register
                        .execute(connection)
                        .await
                        .map(drop)
                        .map_err(database)
                })
            })
            .await
    }

    pub(super) async fn renew_worker(&self, worker: WorkerId) -> Result<Renewed> {
        let statements = &self.statements;
        let alive = self
            .fetch(&statements.worker_renew, |query| query.bind(worker.0))
            .await?;
        let Some(row) = alive.first() else {
            return Ok(Renewed::default());
        };
        let ask = row.try_get::<Option<i64>, _>(0).map_err(database)?;
        let asked = self
            .fetch(&statements.worker_cancels, |query| query.bind(worker.0))
            .await?;
        let cancel = asked
            .iter()
            .map(|row| row.try_get::<Uuid, _>(0).map(JobId::from).map_err(database))
            .collect::<Result<_>>()?;
        Ok(Renewed {
            alive: true,
            cancel,
            asked: Ask::read(ask),
        })
    }

    pub(super) async fn deregister_worker(&self, worker: WorkerId, now: Now) -> Result<()> {
        let now = self.clock.micros(now);
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let stop = query(&statements.worker_deregister)
                    .bind(worker.0)
                    .bind(now);
                Box::pin(async move { stop.execute(connection).await.map(drop).map_err(database) })
            })
            .await?;
        self.liveness.release(worker.0);
        Ok(())
    }

    pub(super) async fn claims_of_lost(&self, limit: u32, now: Now) -> Result<Vec<Lost>> {
        let mut lost = Vec::new();
        let mut known = true;
        for row in &self
            .fetch(&self.statements.workers_watched, |query| query)
            .await?
        {
            let id: Uuid = row.try_get(0).map_err(database)?;
            let before: bool = row.try_get(1).map_err(database)?;
            if before || self.liveness.is_dead(id) {
                lost.push(id);
                known &= before;
            }
        }
        if lost.is_empty() {
            return Ok(Vec::new());
        }
        let list = ids(lost.iter().copied())?;
        if !known {
            self.mark(self.statements.workers_lost.clone(), list.clone(), now)
                .await?;
        }
        let claims = self
            .fetch(&self.statements.lost_claims, |query| {
                query.bind(list.clone()).bind(limit)
            })
            .await?
            .iter()
            .map(|row| {
                let worker = WorkerId(row.try_get(18).map_err(database)?);
                let queue = row.try_get(19).map_err(database)?;
                let (claimed, _) = claimed(row, worker, queue, row.try_get(20).map_err(database)?)?;
                Ok(Lost {
                    claimed,
                    begun: row.try_get(21).map_err(database)?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        if claims.is_empty() && limit > 0 {
            self.mark(self.statements.workers_drained.clone(), list, now)
                .await?;
            for worker in lost {
                self.liveness.release(worker);
            }
        }
        Ok(claims)
    }

    async fn mark(&self, statement: std::sync::Arc<str>, list: String, now: Now) -> Result<()> {
        let now = self.clock.micros(now);
        self.writer
            .write(move |connection| {
                let mark = query(&statement).bind(list.clone()).bind(now);
                Box::pin(async move { mark.execute(connection).await.map(drop).map_err(database) })
            })
            .await
    }
}
