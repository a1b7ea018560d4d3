//! New jobs with keys. A unique key is held by its primary key alone; what could not take its key is answered as its
//! job says.

use std::collections::{HashMap, HashSet};

use sqlx::{Row as _, SqliteConnection};
use uuid::Uuid;

use super::{
    clock::{after, micros},
    encode::{Hex, json},
    errors::database,
    insert::{Fresh, batch, trace},
    statements::{Statements, query},
    uniques::{self, Keyed},
};
use crate::{
    definition::OnConflict,
    error::Result,
    record::JobId,
    storage::{
        Inserted, NewJob, RunAt, UniqueKey,
        keys::duplicate,
        row::{EARLIER_LINK, search_text},
    },
};

/// What a job that died of its key is kept for.
const DEAD: i64 = 90 * 86_400_000_000;

fn unique(job: &NewJob) -> Option<&UniqueKey> {
    job.keys.as_ref()?.unique.as_ref()
}

fn place(job: &NewJob) -> Option<i32> {
    job.member.as_ref()?.place
}

/// When a job is due, and its stage.
fn due(job: &NewJob, now: i64) -> (i64, u8) {
    let due = match job.run_at {
        RunAt::Now => now,
        RunAt::In(wait) => after(now, wait),
        RunAt::At(time) => time.timestamp_micros(),
    };
    (due, u8::from(due > now))
}

/// Inserts jobs whose ids are not known to be there. Returns those that were there all the same.
pub(super) async fn insert<'a>(
    connection: &mut SqliteConnection,
    statements: &Statements,
    jobs: &'a [Fresh<'a>],
    answers: &mut [Inserted],
) -> Result<Vec<&'a Fresh<'a>>> {
    let wanted: Vec<Keyed> = jobs
        .iter()
        .filter_map(|(_, job, _)| Some((job.id.as_uuid(), job.keys.as_deref()?.clone())))
        .filter(|(_, keys)| keys.unique.is_some())
        .collect();
    let now = jobs.last().map_or(0, |(_, _, now)| *now);
    let holders = uniques::take(connection, statements, &wanted, now).await?;
    let mut held = Vec::new();
    let mut rows = Vec::with_capacity(jobs.len());
    let mut free = Vec::with_capacity(jobs.len());
    for fresh in jobs {
        let (at, job, now) = fresh;
        let id = job.id.as_uuid();
        let holder = unique(job).and_then(|unique| holders.get(&unique.key).copied());
        if let Some(holder) = holder.filter(|holder| *holder != id) {
            answers[*at] = Inserted::Held(JobId::from(holder));
            held.push(fresh);
            continue;
        }
        let (due, mut stage) = due(job, *now);
        let waits = job.member.as_ref().is_some_and(|member| member.waits);
        if waits {
            stage = 2;
        }
        rows.push((
            Hex(id),
            job.kind.0,
            job.version,
            &job.queue,
            job.priority,
            due,
            stage,
            *now,
            json(&job.tags)?,
            &job.args,
            job.keys.as_ref().map(|keys| keys.write()),
            batch(job).map(Hex),
            place(job),
            waits.then_some(EARLIER_LINK),
            trace(job),
        ));
        free.push(fresh);
    }
    let mut new: HashSet<Uuid> = HashSet::with_capacity(rows.len());
    if !rows.is_empty() {
        let inserted = query(&statements.insert_keyed)
            .bind(json(&rows)?)
            .fetch_all(&mut *connection)
            .await
            .map_err(database)?;
        for row in &inserted {
            new.insert(row.try_get(0).map_err(database)?);
        }
    }
    conflicts(connection, statements, &held, answers).await?;
    free.retain(|(_, job, _)| !new.contains(&job.id.as_uuid()));
    Ok(free)
}

/// Replaces, reschedules, or stores as dead what could not take its key.
async fn conflicts(
    connection: &mut SqliteConnection,
    statements: &Statements,
    held: &[&Fresh<'_>],
    answers: &mut [Inserted],
) -> Result<()> {
    let mut changes = HashMap::new();
    let mut dead = Vec::new();
    for (at, job, now) in held {
        let Inserted::Held(holder) = answers[*at] else {
            continue;
        };
        let whole = match unique(job).map(|unique| unique.on_conflict) {
            Some(OnConflict::Replace) => true,
            Some(OnConflict::Reschedule) => false,
            Some(OnConflict::Dead) => {
                dead.push((*job, holder, *now));
                answers[*at] = Inserted::Dead;
                continue;
            }
            _ => continue,
        };
        let (due, stage) = due(job, *now);
        let keys = job.keys.as_ref().map(|keys| keys.write());
        let args = whole.then_some(&job.args);
        // The last one wins.
        changes.insert(
            holder,
            (Hex::from(holder), job.version, args, keys, due, stage),
        );
    }
    if !changes.is_empty() {
        let rows: Vec<_> = changes.into_values().collect();
        query(&statements.replace)
            .bind(json(&rows)?)
            .execute(&mut *connection)
            .await
            .map_err(database)?;
    }
    for (job, holder, now) in dead {
        insert_dead(connection, statements, job, holder, now).await?;
    }
    Ok(())
}

async fn insert_dead(
    connection: &mut SqliteConnection,
    statements: &Statements,
    job: &NewJob,
    holder: JobId,
    now: i64,
) -> Result<()> {
    let error = duplicate(holder);
    let id = Hex::from(job.id);
    let record = [(
        id,
        job.kind.0,
        job.version,
        &job.queue,
        job.priority,
        &job.args,
        json(&job.tags)?,
        batch(job).map(Hex),
        place(job),
    )];
    query(&statements.insert_dead)
        .bind(json(&record)?)
        .bind(now)
        .bind(now.saturating_add(DEAD))
        .execute(&mut *connection)
        .await
        .map_err(database)?;
    let letter = [(
        id,
        job.kind.0,
        &job.queue,
        error.type_name(),
        error.message(),
        search_text(&error),
        json(&error)?,
        job.keys.as_ref().map(|keys| keys.write()),
    )];
    query(&statements.insert_letters)
        .bind(json(&letter)?)
        .bind(now)
        .execute(connection)
        .await
        .map_err(database)?;
    Ok(())
}

/// When a key that is taken now is free again at the latest.
pub(super) fn expiry(unique: &UniqueKey, now: i64) -> Option<i64> {
    unique.ttl.map(|ttl| now.saturating_add(micros(ttl)))
}
