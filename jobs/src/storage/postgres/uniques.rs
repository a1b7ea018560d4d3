//! Unique keys after the insert: given back by claims, ends and cancels, taken again by retries.

use std::collections::HashMap;

use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{
    PostgresStorage,
    rows::micros,
    session::{Again, Session, Shape},
};
use crate::{
    error::Result,
    storage::{Held, Keys, Now, admit::given_back},
};

/// A job with its keys.
pub(super) type Keyed = (Uuid, Keys);

/// What the end of claims gives back.
#[derive(Debug, Default)]
pub(super) struct Returned {
    pub(super) jobs: Vec<Keyed>,
    /// Those whose claim held slots.
    held: Vec<Keyed>,
}

impl Returned {
    /// Of one job.
    pub(super) fn of(id: Uuid, keys: Keys) -> Self {
        Self {
            jobs: vec![(id, keys)],
            held: Vec::new(),
        }
    }

    /// Of a row that is id, keys, held.
    pub(super) fn note(&mut self, row: &PgRow) -> Result<()> {
        self.note_from(row, 0)
    }

    /// The same behind other columns.
    pub(super) fn note_from(&mut self, row: &PgRow, at: usize) -> Result<()> {
        let keys: Option<&str> = row.try_get(at + 1)?;
        if let Some(keys) = Keys::read(keys) {
            let job = (row.try_get(at)?, keys);
            if row.try_get::<Option<bool>, _>(at + 2)? == Some(true) {
                self.held.push(job.clone());
            }
            self.jobs.push(job);
        }
        Ok(())
    }
}

impl PostgresStorage {
    /// Claims of these jobs have ended, in the transaction that ended them.
    pub(super) async fn give_back(
        &self,
        session: &mut Session<'_>,
        ended: Returned,
        mut moved: Returned,
        now: Now,
    ) -> Result<()> {
        self.free_uniques(session, &ended.jobs, now).await?;
        self.take_uniques_again(session, &moved.jobs, now).await?;
        moved.held.extend(ended.held);
        self.free_slots(session, &moved.held, now).await
    }

    /// The same of jobs that parked: they give back their slots and nothing else.
    pub(super) async fn give_back_slots(
        &self,
        session: &mut Session<'_>,
        parked: &Returned,
        now: Now,
    ) -> Result<()> {
        self.free_slots(session, &parked.held, now).await
    }

    /// Ready jobs were cancelled: their keys are free, and where one was woken for a slot, the next one is.
    pub(super) async fn strand_nobody(
        &self,
        session: &mut Session<'_>,
        over: Returned,
        now: Now,
    ) -> Result<()> {
        self.free_uniques(session, &over.jobs, now).await?;
        let (keys, counts): (Vec<_>, Vec<_>) = given_back(over.jobs.iter().map(|(_, keys)| keys))
            .into_iter()
            .unzip();
        if !keys.is_empty() {
            self.wake_blocked(session, keys, counts, now).await?;
        }
        Ok(())
    }

    /// These jobs have ended, or wait no more: their keys are free, except those that only time frees.
    pub(super) async fn free_uniques(
        &self,
        session: &mut Session<'_>,
        jobs: &[Keyed],
        now: Now,
    ) -> Result<()> {
        let of = |held: Held| {
            let mut found: Vec<(String, Uuid)> = jobs
                .iter()
                .filter_map(|(id, keys)| {
                    let unique = keys.unique.as_ref().filter(|unique| unique.until == held)?;
                    Some((unique.key.clone(), *id))
                })
                .collect();
            found.sort();
            found.into_iter().unzip::<_, _, Vec<_>, Vec<_>>()
        };
        let (keys, ids) = of(Held::Ended);
        if !keys.is_empty() {
            let query = session
                .statement(&self.sql.uniques_free)
                .bind(keys)
                .bind(ids);
            session.run(query).await?;
        }
        let (keys, ids) = of(Held::Waiting);
        if !keys.is_empty() {
            let query = session
                .statement(&self.sql.uniques_hand_on)
                .bind(now)
                .bind(keys)
                .bind(ids);
            session.run(query).await?;
        }
        Ok(())
    }

    /// These jobs wait again: they take the keys that they hold while they wait, or are blocked for them.
    pub(super) async fn take_uniques_again(
        &self,
        session: &mut Session<'_>,
        jobs: &[Keyed],
        now: Now,
    ) -> Result<()> {
        let waiting: Vec<Keyed> = jobs
            .iter()
            .filter(|(_, keys)| {
                keys.unique
                    .as_ref()
                    .is_some_and(|unique| unique.until == Held::Waiting)
            })
            .cloned()
            .collect();
        if waiting.is_empty() {
            return Ok(());
        }
        let holders = self.take_uniques(session, &waiting, now).await?;
        let (mut ids, mut keys) = (Vec::new(), Vec::new());
        for (id, of) in &waiting {
            if let Some(unique) = &of.unique
                && holders.get(&unique.key) != Some(id)
            {
                ids.push(*id);
                keys.push(unique.key.clone());
            }
        }
        if !ids.is_empty() {
            let query = session
                .statement(&self.sql.uniques_block)
                .bind(ids)
                .bind(keys);
            session.run(query).await?;
        }
        Ok(())
    }

    /// Takes what is free; who holds each key then.
    pub(super) async fn take_uniques(
        &self,
        session: &mut Session<'_>,
        jobs: &[Keyed],
        now: Now,
    ) -> Result<HashMap<String, Uuid>> {
        let (mut keys, mut ids, mut ttls) = (Vec::new(), Vec::new(), Vec::new());
        for (id, of) in jobs {
            if let Some(unique) = &of.unique {
                keys.push(unique.key.clone());
                ids.push(*id);
                ttls.push(unique.ttl.map(micros));
            }
        }
        let query = session
            .statement(&self.sql.uniques_take)
            .bind(now)
            .bind(&keys)
            .bind(&ids)
            .bind(&ttls);
        session.run(query).await?;
        let query = session
            .statement(&self.sql.uniques_pass)
            .bind(now)
            .bind(keys)
            .bind(ids)
            .bind(ttls);
        session
            .all(query)
            .await?
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }

    /// Frees keys whose time is over or whose job is gone in some way that gave nothing back. Returns how many.
    pub(super) async fn prune_uniques(&self, limit: u32, now: Now) -> Result<u64> {
        self.again(Again::Safe, |_| async move {
            let mut session = self.open(Shape::Many).await?;
            let query = session
                .statement(&self.sql.limits_prune)
                .bind(now)
                .bind(i64::from(limit));
            session.run(query).await?;
            let mut found: Vec<(String, Uuid)> = Vec::new();
            let old = session
                .statement(&self.sql.uniques_prune)
                .bind(now)
                .bind(i64::from(limit));
            let stale = session
                .statement(&self.sql.uniques_stale)
                .bind(i64::from(limit));
            for query in [old, stale] {
                for row in session.all(query).await? {
                    found.push((row.try_get(0)?, row.try_get(1)?));
                }
            }
            let count = found.len() as u64;
            if count > 0 {
                found.sort();
                let (keys, ids): (Vec<_>, Vec<_>) = found.into_iter().unzip();
                let query = session
                    .statement(&self.sql.uniques_hand_on)
                    .bind(now)
                    .bind(keys)
                    .bind(ids);
                session.run(query).await?;
            }
            session.done().await?;
            Ok(count)
        })
        .await
    }
}
