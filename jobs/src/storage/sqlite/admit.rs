//! What claims of jobs with keys take, in the transaction that claims them. Plain jobs pass.

use std::collections::HashMap;

use sqlx::{Row as _, SqliteConnection};

use super::{
    encode::{Hex, json},
    errors::database,
    limits,
    statements::{Statements, query},
    uniques::{self, Keyed},
};
use crate::{
    error::Result,
    storage::{
        Claimed, Keys,
        admit::{
            ASIDE, Standing, Verdict, Window, admit as judge, in_turn, passed_over, step_aside,
            wanted,
        },
    },
};

/// What an admission did.
#[derive(Default)]
pub(super) struct Admission {
    pub(super) jobs: Vec<Claimed>,
    /// So many were claimed and are blocked now, or were woken in their stead.
    pub(super) blocked: usize,
    /// When the first window opens for which one was blocked.
    pub(super) opens: Option<i64>,
}

/// Those of the jobs claimed from a queue that may start.
pub(super) async fn admit(
    connection: &mut SqliteConnection,
    statements: &Statements,
    queue: &str,
    claimed: Vec<(Claimed, Option<Keys>)>,
    now: i64,
) -> Result<Admission> {
    let mut admission = Admission::default();
    if claimed.iter().all(|(_, keys)| keys.is_none()) {
        admission.jobs = claimed.into_iter().map(|(job, _)| job).collect();
        return Ok(admission);
    }
    let limited = || {
        claimed.iter().filter_map(|(job, keys)| {
            let keys = keys.as_ref().filter(|keys| keys.limits_claims())?;
            Some((job, keys))
        })
    };
    let mut standing = HashMap::new();
    let mut verdicts = Vec::new();
    let keys = wanted(limited().map(|(_, keys)| keys));
    if !keys.is_empty() {
        standing = read(connection, statements, &keys).await?;
        verdicts = judge(limited().map(|(_, keys)| keys), &mut standing, now);
        write(connection, statements, &keys, limited(), &standing, now).await?;
        let judged = || limited().map(|(_, keys)| keys).zip(&verdicts);
        let turns = in_turn(judged(), &standing);
        apply(connection, statements, queue, limited(), &verdicts, &turns).await?;
        for (key, count) in passed_over(judged(), &standing).into_iter().chain(turns) {
            let woken = limits::wake(connection, statements, key, count, now).await?;
            // The claim looks again for them.
            admission.blocked += usize::try_from(woken).unwrap_or(0);
        }
    }
    admission.opens = standing.values().filter_map(|key| key.opens).min();
    let mut verdicts = verdicts.into_iter();
    let mut started: Vec<Keyed> = Vec::new();
    for (mut job, keys) in claimed {
        let limited = keys.as_ref().is_some_and(Keys::limits_claims);
        match limited.then(|| verdicts.next()).flatten() {
            Some(Verdict::Blocked(..)) => {
                admission.blocked += 1;
                continue;
            }
            Some(Verdict::Refused) => job.refused = true,
            Some(Verdict::Admitted) | None => {
                started.extend(
                    keys.filter(Keys::frees_at_start)
                        .map(|keys| (job.claim.id.as_uuid(), keys)),
                );
            }
        }
        admission.jobs.push(job);
    }
    uniques::free(connection, statements, &started, now).await?;
    Ok(admission)
}

async fn read(
    connection: &mut SqliteConnection,
    statements: &Statements,
    keys: &[String],
) -> Result<HashMap<String, Standing>> {
    let rows = query(&statements.limits_read)
        .bind(json(keys)?)
        .fetch_all(connection)
        .await
        .map_err(database)?;
    rows.iter()
        .map(|row| {
            let used: i64 = row.try_get(1).map_err(database)?;
            let recent: Option<&str> = row.try_get(2).map_err(database)?;
            let standing = Standing {
                used: u32::try_from(used).unwrap_or(0),
                window: Window::read(recent),
                opens: None,
            };
            Ok((row.try_get(0).map_err(database)?, standing))
        })
        .collect()
}

async fn write(
    connection: &mut SqliteConnection,
    statements: &Statements,
    keys: &[String],
    limited: impl Iterator<Item = (&Claimed, &Keys)>,
    standing: &HashMap<String, Standing>,
    now: i64,
) -> Result<()> {
    let rates: std::collections::HashSet<&str> = limited
        .filter_map(|(_, keys)| keys.rate.as_ref().map(|rate| rate.key.as_str()))
        .collect();
    let rows: Vec<_> = keys
        .iter()
        .map(|key| {
            let of = standing.get(key).cloned().unwrap_or_default();
            let recent = rates.contains(key.as_str()).then(|| of.window.write());
            (key, of.used, recent, of.opens)
        })
        .collect();
    query(&statements.limits_write)
        .bind(json(&rows)?)
        .bind(now)
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(())
}

/// Marks who holds slots, and blocks who waits, with those behind them that would find the same.
async fn apply(
    connection: &mut SqliteConnection,
    statements: &Statements,
    queue: &str,
    limited: impl Iterator<Item = (&Claimed, &Keys)>,
    verdicts: &[Verdict],
    turns: &[(String, i64)],
) -> Result<()> {
    let (mut held, mut blocked) = (Vec::new(), Vec::new());
    for ((job, keys), verdict) in limited.zip(verdicts) {
        let id = Hex::from(job.claim.id);
        match verdict {
            Verdict::Admitted => held.push((id, u8::from(!keys.slots.is_empty()))),
            Verdict::Refused => held.push((id, 0)),
            Verdict::Blocked(key, why) => {
                held.push((id, 0));
                blocked.push((id, key, *why));
            }
        }
    }
    query(&statements.limits_held)
        .bind(json(&held)?)
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    if !blocked.is_empty() {
        query(&statements.limits_block)
            .bind(json(&blocked)?)
            .execute(&mut *connection)
            .await
            .map_err(database)?;
    }
    let full = step_aside(verdicts, turns);
    if full.is_empty() {
        return Ok(());
    }
    query(&statements.limits_aside)
        .bind(queue.to_owned())
        .bind(json(&full)?)
        .bind(ASIDE)
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(())
}
