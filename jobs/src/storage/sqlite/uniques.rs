//! Unique keys after the insert: given back by claims, ends and cancels, taken again by retries.

use std::collections::HashMap;

use sqlx::{Row as _, SqliteConnection};
use uuid::Uuid;

use super::{
    SqliteStorage,
    encode::{Hex, json},
    errors::database,
    keyed::expiry,
    statements::{Statements, query},
};
use crate::{
    error::Result,
    storage::{Held, Keys, Now},
};

/// A job with its keys.
pub(super) type Keyed = (Uuid, Keys);

/// Takes what is free or over; who holds each key then.
pub(super) async fn take(
    connection: &mut SqliteConnection,
    statements: &Statements,
    jobs: &[Keyed],
    now: i64,
) -> Result<HashMap<String, Uuid>> {
    let rows: Vec<_> = jobs
        .iter()
        .filter_map(|(id, keys)| {
            let unique = keys.unique.as_ref()?;
            Some((unique.key.as_str(), Hex(*id), expiry(unique, now)))
        })
        .collect();
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    query(&statements.uniques_take)
        .bind(json(&rows)?)
        .bind(now)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    let keys: Vec<&str> = rows.iter().map(|(key, _, _)| *key).collect();
    let held = query(&statements.uniques_held)
        .bind(json(&keys)?)
        .fetch_all(connection)
        .await
        .map_err(database)?;
    held.iter()
        .map(|row| {
            let key = row.try_get(0).map_err(database)?;
            Ok((key, row.try_get(1).map_err(database)?))
        })
        .collect()
}

/// These jobs have ended, or wait no more: their keys are free, except those that only time frees.
pub(super) async fn free(
    connection: &mut SqliteConnection,
    statements: &Statements,
    jobs: &[Keyed],
    now: i64,
) -> Result<()> {
    let rows: Vec<_> = jobs
        .iter()
        .filter_map(|(id, keys)| {
            let unique = keys.unique.as_ref()?;
            (unique.until != Held::Time).then(|| (unique.key.clone(), *id))
        })
        .collect();
    // Only jobs of such keys are ever blocked for one.
    let handed_on = jobs.iter().any(|(_, keys)| keys.frees_at_start());
    free_keys(connection, statements, &rows, handed_on, now).await
}

async fn free_keys(
    connection: &mut SqliteConnection,
    statements: &Statements,
    held: &[(String, Uuid)],
    handed_on: bool,
    now: i64,
) -> Result<()> {
    if held.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = held.iter().map(|(key, id)| (key, Hex(*id))).collect();
    let freed = query(&statements.uniques_free)
        .bind(json(&rows)?)
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?;
    if !handed_on || freed.is_empty() {
        return Ok(());
    }
    let mut keys: Vec<String> = Vec::with_capacity(freed.len());
    for row in &freed {
        keys.push(row.try_get(0).map_err(database)?);
    }
    let heirs = query(&statements.uniques_heirs)
        .bind(json(&keys)?)
        .bind(now)
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?;
    let mut rows: Vec<(String, Hex, Option<i64>)> = Vec::with_capacity(heirs.len());
    for row in &heirs {
        let key: Option<String> = row.try_get(0).map_err(database)?;
        rows.extend(
            key.map(|key| {
                Ok::<_, crate::Error>((key, Hex(row.try_get(1).map_err(database)?), None))
            })
            .transpose()?,
        );
    }
    if !rows.is_empty() {
        query(&statements.uniques_take)
            .bind(json(&rows)?)
            .bind(now)
            .execute(connection)
            .await
            .map_err(database)?;
    }
    Ok(())
}

/// These jobs wait again: they take the keys that they hold while they wait, or are blocked for them.
pub(super) async fn take_again(
    connection: &mut SqliteConnection,
    statements: &Statements,
    jobs: &[Keyed],
    now: i64,
) -> Result<()> {
    let waiting: Vec<Keyed> = jobs
        .iter()
        .filter(|(_, keys)| keys.frees_at_start())
        .cloned()
        .collect();
    if waiting.is_empty() {
        return Ok(());
    }
    let holders = take(connection, statements, &waiting, now).await?;
    let blocked: Vec<_> = waiting
        .iter()
        .filter_map(|(id, keys)| {
            let key = &keys.unique.as_ref()?.key;
            (holders.get(key) != Some(id)).then_some((Hex(*id), key))
        })
        .collect();
    if !blocked.is_empty() {
        query(&statements.uniques_block)
            .bind(json(&blocked)?)
            .execute(connection)
            .await
            .map_err(database)?;
    }
    Ok(())
}

impl SqliteStorage {
    /// Frees keys whose time is over or whose job is gone in some way that gave nothing back.
    pub(super) async fn prune_uniques(&self, limit: u32, now: Now) -> Result<()> {
        let now = self.clock.micros(now);
        self.prune_limits(limit, now).await?;
        let found = self
            .fetch(&self.statements.uniques_stale, |query| {
                query.bind(now).bind(limit)
            })
            .await?;
        if found.is_empty() {
            return Ok(());
        }
        let mut held: Vec<(String, Uuid)> = Vec::with_capacity(found.len());
        for row in &found {
            held.push((
                row.try_get(0).map_err(database)?,
                row.try_get(1).map_err(database)?,
            ));
        }
        let (statements, held) = (self.statements.clone(), std::sync::Arc::<[_]>::from(held));
        self.writer
            .write(move |connection| {
                let (statements, held) = (statements.clone(), held.clone());
                Box::pin(async move { free_keys(connection, &statements, &held, true, now).await })
            })
            .await
    }
}
