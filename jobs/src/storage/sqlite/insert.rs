//! Inserting: any number of jobs as one statement of two JSON texts.
//!
//! A row is one plain text (id, number of its head, arguments), and what many rows have in common is a head; taking
//! a JSON array apart for each row would cost more than the insert itself.

use std::collections::{HashMap, HashSet};

use sqlx::{Row as _, SqliteConnection};
use uuid::Uuid;

use super::{
    SqliteStorage,
    clock::after,
    connect::execute,
    encode::{Hex, Texts, ids, json},
    errors::{database, is_taken},
    keyed,
    statements::{Bound, Statements, query},
};
use crate::{
    error::Result,
    storage::{Inserted, KindId, NewJob, Now, RunAt, row::damaged},
};

/// So many rows, or so many bytes of them, go into one statement.
const ROWS: usize = 2_000;
const BYTES: usize = 8 << 20;

impl SqliteStorage {
    /// Inserts within a caller's transaction; nothing is there before its commit.
    ///
    /// # Errors
    /// The database fails; then nothing of this call was inserted.
    pub async fn insert_on(
        &self,
        connection: &mut SqliteConnection,
        jobs: Vec<NewJob>,
        now: Now,
    ) -> Result<Vec<Inserted>> {
        let now = self.clock.micros(now);
        let items: Vec<_> = jobs.iter().map(|job| (job, now)).collect();
        if items.is_empty() {
            return Ok(Vec::new());
        }
        // The transaction may go on after a failure, so a part of the jobs must not stay.
        execute(connection, "SAVEPOINT jobs_insert").await?;
        let done = insert(connection, &self.statements, &items).await;
        if done.is_err() {
            let _ = execute(connection, "ROLLBACK TO jobs_insert").await;
        }
        let released = execute(connection, "RELEASE jobs_insert").await;
        let answers = done?;
        released?;
        Ok(answers)
    }
}

/// The transaction of these jobs alone as one call, if they are few and plain: without keys, in no list, and with ids
/// that nobody has seen.
pub(super) fn alone(statements: &Statements, items: &[(&NewJob, i64)]) -> Option<Result<Bound>> {
    let plain = |(job, _): &(&NewJob, i64)| !job.may_exist && job.keys.is_none() && !listed(job);
    let bytes: usize = items.iter().map(|(job, _)| job.args.len()).sum();
    let fits = items.len() <= ROWS && bytes <= BYTES && items.iter().all(plain);
    fits.then(|| {
        let chunk: Vec<_> = items.iter().map(|(job, now)| (0, *job, *now)).collect();
        let (rows, heads) = encode(&chunk)?;
        Ok(query(&statements.insert_alone).bind(rows).bind(heads))
    })
}

/// Inserts inside a transaction. An id that comes twice is new once.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    statements: &Statements,
    items: &[(&NewJob, i64)],
) -> Result<Vec<Inserted>> {
    let suspects = items.iter().filter(|(job, _)| job.may_exist);
    let mut existing = find(connection, statements, suspects.map(|(job, _)| job), true).await?;
    let mut seen: HashMap<Uuid, KindId> = HashMap::with_capacity(items.len());
    let mut answers = Vec::with_capacity(items.len());
    let mut fresh = Vec::with_capacity(items.len());
    for (at, (job, now)) in items.iter().enumerate() {
        let id = job.id.as_uuid();
        let known = existing.remove(&id).or_else(|| seen.get(&id).copied());
        seen.entry(id).or_insert(known.unwrap_or(job.kind));
        if known.is_none() {
            fresh.push((at, *job, *now));
        }
        answers.push(known.map_or(Inserted::New, Inserted::Exists));
    }
    let (keyed, fresh): (Vec<_>, Vec<_>) = fresh
        .into_iter()
        .partition(|(_, job, _)| job.keys.is_some() || listed(job));
    for chunk in keyed.chunks(ROWS) {
        let old = keyed::insert(connection, statements, chunk, &mut answers).await?;
        answer_old(connection, statements, &old, &mut answers).await?;
    }
    let mut rest = fresh.as_slice();
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = rest.iter().take(ROWS).take_while(|(_, job, _)| {
            let before = bytes;
            bytes += job.args.len();
            before == 0 || bytes < BYTES
        });
        let (chunk, later) = rest.split_at(fits.count().max(1));
        rest = later;
        insert_chunk(connection, statements, chunk, &mut answers).await?;
    }
    Ok(answers)
}

/// Where a job stands among those of the call, the job, and the call's now.
pub(super) type Fresh<'a> = (usize, &'a NewJob, i64);

async fn insert_chunk(
    connection: &mut SqliteConnection,
    statements: &Statements,
    chunk: &[Fresh<'_>],
    answers: &mut [Inserted],
) -> Result<()> {
    if chunk.iter().all(|(_, job, _)| !job.may_exist) {
        let (rows, heads) = encode(chunk)?;
        let new = query(&statements.insert_new)
            .bind(rows)
            .bind(heads)
            .execute(&mut *connection)
            .await;
        match new {
            Ok(_) => return Ok(()),
            // The statement has undone itself; the other one says which they are.
            Err(error) if is_taken(&error) => {}
            Err(error) => return Err(database(error)),
        }
    }
    let (rows, heads) = encode(chunk)?;
    let inserted = query(&statements.insert)
        .bind(rows)
        .bind(heads)
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?;
    if inserted.len() == chunk.len() {
        return Ok(());
    }
    let mut new = HashSet::with_capacity(inserted.len());
    for row in &inserted {
        new.insert(row.try_get::<Uuid, _>(0).map_err(database)?);
    }
    let old: Vec<_> = chunk
        .iter()
        .filter(|(_, job, _)| !new.contains(&job.id.as_uuid()))
        .collect();
    answer_old(connection, statements, &old, answers).await
}

/// These were there before.
async fn answer_old(
    connection: &mut SqliteConnection,
    statements: &Statements,
    old: &[&Fresh<'_>],
    answers: &mut [Inserted],
) -> Result<()> {
    let mut kinds = find(
        connection,
        statements,
        old.iter().map(|(_, job, _)| job),
        false,
    )
    .await?;
    for (at, job, _) in old {
        let kind = kinds
            .remove(&job.id.as_uuid())
            .ok_or_else(|| damaged(format!("job {} is neither new nor there", job.id)))?;
        if let Some(answer) = answers.get_mut(*at) {
            *answer = Inserted::Exists(kind);
        }
    }
    Ok(())
}

/// Those of the jobs whose ids are there, with their kinds.
async fn find<'a>(
    connection: &mut SqliteConnection,
    statements: &Statements,
    jobs: impl Iterator<Item = &'a &'a NewJob>,
    finished_too: bool,
) -> Result<HashMap<Uuid, KindId>> {
    let wanted: Vec<_> = jobs.map(|job| job.id.as_uuid()).collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = query(&statements.existing)
        .bind(ids(wanted)?)
        .bind(finished_too)
        .fetch_all(connection)
        .await
        .map_err(database)?;
    rows.iter()
        .map(|row| {
            let id = row.try_get(0).map_err(database)?;
            Ok((id, KindId(row.try_get(1).map_err(database)?)))
        })
        .collect()
}

/// Whether it is in a list of members. Such jobs are few, and go with those that have keys.
fn listed(job: &NewJob) -> bool {
    job.member
        .as_ref()
        .is_some_and(|member| member.place.is_some() || member.waits)
}

/// The group that counts it.
pub(super) fn batch(job: &NewJob) -> Option<Uuid> {
    job.member.as_ref().map(|member| member.group.0)
}

/// The trace of whoever enqueues it, as it is stored.
pub(super) fn trace(job: &NewJob) -> Option<String> {
    job.trace.as_ref().map(|trace| trace.stored())
}

/// The two texts of the statement: rows and heads.
fn encode(chunk: &[Fresh<'_>]) -> Result<(String, String)> {
    let mut heads = Vec::new();
    let mut numbers: HashMap<_, usize> = HashMap::new();
    let mut rows = Texts::with_capacity(chunk.len());
    for (_, job, now) in chunk {
        let due = match job.run_at {
            RunAt::Now => *now,
            RunAt::In(wait) => after(*now, wait),
            RunAt::At(time) => time.timestamp_micros(),
        };
        let key = (
            job.kind,
            job.version,
            &job.queue,
            job.priority,
            due,
            *now,
            &job.tags,
            batch(job),
            trace(job),
        );
        let next = numbers.len();
        let number = *numbers.entry(key).or_insert(next);
        if number == next {
            let stage = u8::from(due > *now);
            let (tags, trace) = (json(&job.tags)?, trace(job));
            heads.push((
                job.kind.0,
                job.version,
                &job.queue,
                job.priority,
                due,
                stage,
                *now,
                tags,
                batch(job).map(Hex),
                trace,
            ));
        }
        rows.push(job.id.as_uuid(), number, "", &job.args)?;
    }
    Ok((rows.finish()?, json(&heads)?))
}
