//! Slots that come back, windows that open, and the sweep below both.

use sqlx::{Row as _, SqliteConnection};

use super::{
    SqliteStorage,
    encode::json,
    errors::database,
    statements::{Statements, query},
    uniques::{self, Keyed},
};
use crate::{
    error::Result,
    storage::{
        Keys,
        admit::{Window, given_back},
    },
};

/// So many keys are looked at in one step.
const KEYS: i64 = 1_000;

/// Claims of these jobs held slots and have ended: as many of those that wait go on.
pub(super) async fn free(
    connection: &mut SqliteConnection,
    statements: &Statements,
    held: &[Keyed],
    now: i64,
) -> Result<()> {
    let counts = given_back(held.iter().map(|(_, keys)| keys));
    if counts.is_empty() {
        return Ok(());
    }
    query(&statements.limits_free)
        .bind(json(&counts)?)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    // Nearly always nobody waits: one statement tells for all keys.
    let keys: Vec<&str> = counts.iter().map(|(key, _)| key.as_str()).collect();
    let waited = query(&statements.limits_waited)
        .bind(json(&keys)?)
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?;
    for row in &waited {
        let key: String = row.try_get(0).map_err(database)?;
        let count = counts.iter().find(|(of, _)| *of == key);
        wake(
            connection,
            statements,
            key,
            count.map_or(0, |(_, n)| *n),
            now,
        )
        .await?;
    }
    Ok(())
}

/// Ready jobs were cancelled: their keys are free, and where one was woken for a slot, the next one is.
pub(super) async fn strand_nobody(
    connection: &mut SqliteConnection,
    statements: &Statements,
    over: &[Keyed],
    now: i64,
) -> Result<()> {
    uniques::free(connection, statements, over, now).await?;
    for (key, count) in given_back(over.iter().map(|(_, keys)| keys)) {
        wake(connection, statements, key, count, now).await?;
    }
    Ok(())
}

/// Makes ready those that wait longest for a key; how many.
pub(super) async fn wake(
    connection: &mut SqliteConnection,
    statements: &Statements,
    key: String,
    count: i64,
    now: i64,
) -> Result<u64> {
    let woken = query(&statements.limits_wake)
        .bind(key)
        .bind(count)
        .bind(now)
        .fetch_all(connection)
        .await
        .map_err(database)?;
    Ok(woken.len() as u64)
}

/// Lets go on who fits into the windows that are open now. How many.
pub(super) async fn open_windows(
    connection: &mut SqliteConnection,
    statements: &Statements,
    now: i64,
) -> Result<u64> {
    let open = query(&statements.limits_opening)
        .bind(now)
        .bind(KEYS)
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?;
    let mut all = 0;
    for row in &open {
        let key: String = row.try_get(0).map_err(database)?;
        let mut window = Window::read(row.try_get(1).map_err(database)?);
        let head = Keys::read(row.try_get(2).map_err(database)?);
        let mut opens = None;
        if let Some(rate) = head.as_ref().and_then(|keys| keys.rate.as_ref()) {
            let fits = window.fits(now, rate);
            let woken = wake(connection, statements, key.clone(), i64::from(fits), now).await?;
            all += woken;
            // As if those that go on now were claimed at once.
            window.add(now, u32::try_from(woken).unwrap_or(u32::MAX));
            if woken == u64::from(fits) {
                opens = Some(window.opens(now, rate).max(now + 1_000));
            }
        }
        query(&statements.limits_opens)
            .bind(key)
            .bind(opens)
            .execute(&mut *connection)
            .await
            .map_err(database)?;
    }
    Ok(all)
}

impl SqliteStorage {
    /// Forgets keys that nobody has used for long, and writes only where there are some.
    pub(super) async fn prune_limits(&self, limit: u32, now: i64) -> Result<()> {
        let old = self
            .fetch(&self.statements.limits_old, |query| query.bind(now))
            .await?;
        if old.is_empty() {
            return Ok(());
        }
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let prune = query(&statements.limits_prune).bind(now).bind(limit);
                Box::pin(async move {
                    prune.execute(connection).await.map_err(database)?;
                    Ok(())
                })
            })
            .await
    }

    /// Wakes one of each key that has room and jobs that wait for it: nothing should ever be found.
    pub(super) async fn sweep_blocked(&self, now: i64) -> Result<u64> {
        let waiting = self
            .fetch(&self.statements.limits_waiting, |query| query.bind(KEYS))
            .await?;
        let mut keys: Vec<String> = Vec::new();
        for row in &waiting {
            let key: String = row.try_get(0).map_err(database)?;
            let used: Option<i64> = row.try_get(1).map_err(database)?;
            let later: bool = row.try_get(2).map_err(database)?;
            let head = Keys::read(row.try_get(3).map_err(database)?);
            if head.is_some_and(|head| head.has_room(&key, used.unwrap_or(0), later)) {
                keys.push(key);
            }
        }
        if keys.is_empty() {
            return Ok(0);
        }
        let (statements, keys) = (self.statements.clone(), std::sync::Arc::<[_]>::from(keys));
        self.writer
            .write(move |connection| {
                let (statements, keys) = (statements.clone(), keys.clone());
                Box::pin(async move {
                    let mut woken = 0;
                    for key in keys.iter() {
                        woken += wake(connection, &statements, key.clone(), 1, now).await?;
                    }
                    Ok(woken)
                })
            })
            .await
    }
}
