//! New jobs.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::{
    PostgresStorage, notify,
    rows::{micros, write},
    session::{Shape, Statement, statement},
    statements::Statements,
};
use crate::{
    error::{Error, Result},
    storage::{Inserted, KindId, Member, NewJob, Now, RunAt, wakes},
};

/// In whose transaction an insert stands.
#[derive(Clone, Copy)]
pub(super) enum Told<'a> {
    /// In one of ours, which wakes workers after its commit.
    Own,
    /// In a caller's, at whose commit sleeping workers are told this.
    Caller(Option<&'a str>),
}

impl<'a> Told<'a> {
    pub(super) fn payload(self) -> Option<&'a str> {
        match self {
            Self::Own => None,
            Self::Caller(payload) => payload,
        }
    }
}

/// At most so many rows, and about so many bytes, go into one statement.
pub(super) const ROWS: usize = 5_000;
const BYTES: usize = 32 << 20;

/// Jobs as arrays, in parts that one statement takes.
pub(super) struct Batch {
    parts: Vec<Part>,
}

/// kind, version, queue, priority, tags, group
type Alike<'p> = (i32, i32, &'p str, i16, &'p str, Option<Uuid>);

#[derive(Default)]
pub(super) struct Part {
    pub(super) ids: Vec<Uuid>,
    kinds: Vec<i32>,
    versions: Vec<i32>,
    queues: Vec<String>,
    priorities: Vec<i16>,
    delays: Vec<Option<i64>>,
    times: Vec<Option<DateTime<Utc>>>,
    args: Vec<String>,
    tags: Vec<String>,
    may_exist: Vec<bool>,
    groups: Vec<Option<Uuid>>,
    traces: Vec<Option<String>>,
    bytes: usize,
}

impl Batch {
    /// Those without keys; the others are `keyed`'s.
    pub(super) fn new(jobs: &[NewJob]) -> Self {
        let mut parts = Vec::new();
        let mut part = Part::default();
        for job in jobs.iter().filter(|job| !has_more(job)) {
            if part.ids.len() == ROWS || part.bytes > BYTES {
                parts.push(std::mem::take(&mut part));
            }
            part.push(job);
        }
        if !part.ids.is_empty() {
            parts.push(part);
        }
        Self { parts }
    }
}

/// Whether it has keys or stands in a list of members: such jobs are few, and have a statement of their own.
fn has_more(job: &NewJob) -> bool {
    let listed = |member: &Member| member.place.is_some() || member.waits;
    job.keys.is_some() || job.member.as_deref().is_some_and(listed)
}

/// The group that counts it.
pub(super) fn group(job: &NewJob) -> Option<Uuid> {
    job.member.as_ref().map(|member| member.group.0)
}

/// The trace of whoever enqueues it, as it is stored.
pub(super) fn trace(job: &NewJob) -> Option<String> {
    job.trace.as_ref().map(|trace| trace.stored())
}

impl Part {
    pub(super) fn push(&mut self, job: &NewJob) {
        let (delay, time) = match job.run_at {
            RunAt::Now => (None, None),
            RunAt::In(delay) => (Some(micros(delay)), None),
            RunAt::At(time) => (None, Some(time)),
        };
        self.ids.push(job.id.as_uuid());
        self.kinds.push(job.kind.0);
        self.versions
            .push(i32::try_from(job.version).unwrap_or(i32::MAX));
        self.queues.push(job.queue.to_string());
        self.priorities.push(job.priority);
        self.delays.push(delay);
        self.times.push(time);
        self.args.push(job.args.clone());
        // A list of strings always has a JSON form.
        self.tags.push(if job.tags.is_empty() {
            "[]".into()
        } else {
            write("tags", &job.tags).unwrap_or_else(|_| "[]".into())
        });
        self.may_exist.push(job.may_exist);
        self.groups.push(group(job));
        self.traces.push(trace(job));
        self.bytes += job.args.len() + 128;
    }

    /// What all have in common, if they differ in their arguments alone, are due at once, and are not there yet.
    fn alike(&self, repeated: bool) -> Option<Alike<'_>> {
        fn same<T: PartialEq>(all: &[T]) -> Option<&T> {
            let first = all.first()?;
            all.iter().all(|one| one == first).then_some(first)
        }
        let due = self.delays.iter().all(Option::is_none) && self.times.iter().all(Option::is_none);
        let known = repeated || self.may_exist.contains(&true);
        if known || !due || self.traces.iter().any(Option::is_some) {
            return None;
        }
        Some((
            *same(&self.kinds)?,
            *same(&self.versions)?,
            same(&self.queues)?,
            *same(&self.priorities)?,
            same(&self.tags)?,
            *same(&self.groups)?,
        ))
    }

    fn statement(
        &self,
        sql: &Statements,
        persistent: bool,
        repeated: bool,
        payload: Option<&str>,
        now: Now,
    ) -> Statement {
        let alike = self.alike(repeated).filter(|_| payload.is_none());
        let Some((kind, version, queue, priority, tags, group)) = alike else {
            let query = statement(&sql.insert, persistent);
            return self
                .bind(query, repeated, now)
                .bind(payload.map(str::to_owned))
                .bind(&self.groups)
                .bind(&self.traces);
        };
        statement(&sql.insert_alike, persistent)
            .bind(now)
            .bind(&self.ids)
            .bind(&self.args)
            .bind(kind)
            .bind(version)
            .bind(queue.to_owned())
            .bind(priority)
            .bind(tags.to_owned())
            .bind(group)
    }

    /// For `insert_claimed`: what the jobs of one queue that are due at once differ in.
    pub(super) fn bind_claimed(&self, query: Statement, now: Now) -> Statement {
        query
            .bind(now)
            .bind(&self.ids)
            .bind(&self.kinds)
            .bind(&self.versions)
            .bind(&self.priorities)
            .bind(&self.args)
            .bind(&self.tags)
            .bind(&self.traces)
    }

    pub(super) fn bind(&self, query: Statement, repeated: bool, now: Now) -> Statement {
        let query = query
            .bind(now)
            .bind(&self.ids)
            .bind(&self.kinds)
            .bind(&self.versions)
            .bind(&self.queues)
            .bind(&self.priorities)
            .bind(&self.delays)
            .bind(&self.times)
            .bind(&self.args)
            .bind(&self.tags);
        if repeated {
            query.bind(vec![true; self.ids.len()])
        } else {
            query.bind(&self.may_exist)
        }
    }
}

impl PostgresStorage {
    pub(super) async fn insert_all(
        &self,
        jobs: &[NewJob],
        batch: &Batch,
        repeated: bool,
        now: Now,
    ) -> Result<Vec<Inserted>> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let keyed = jobs.iter().any(has_more);
        let shape = if batch.parts.len() == 1 && !keyed {
            Shape::One
        } else {
            Shape::Many
        };
        let mut session = self.open(shape).await?;
        let persistent = !self.pooled;
        let answers = self
            .insert_parts(
                session.connection(),
                persistent,
                jobs,
                batch,
                repeated,
                Told::Own,
                now,
            )
            .await?;
        session.done().await?;
        Ok(answers)
    }

    /// Inserts in a caller's transaction: the jobs are there if and only if it commits. Sleeping workers are told at
    /// its commit; if none has said that it sleeps, nothing is sent, for a NOTIFY makes commits wait for each other.
    ///
    /// # Errors
    /// If the database fails; the transaction is then to be rolled back.
    pub async fn insert_on(
        &self,
        connection: &mut PgConnection,
        jobs: Vec<NewJob>,
        now: Now,
    ) -> Result<Vec<Inserted>> {
        if *self.closed.borrow() {
            return Err(Error::Closed);
        }
        let batch = Batch::new(&jobs);
        let payload = notify::payload(&wakes(&jobs, now.unwrap_or_else(Utc::now)), None);
        self.insert_parts(
            connection,
            !self.pooled,
            &jobs,
            &batch,
            false,
            Told::Caller(payload.as_deref()),
            now,
        )
        .await
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "the two callers differ in just these"
    )]
    pub(super) async fn insert_parts(
        &self,
        connection: &mut PgConnection,
        persistent: bool,
        jobs: &[NewJob],
        batch: &Batch,
        repeated: bool,
        told: Told<'_>,
        now: Now,
    ) -> Result<Vec<Inserted>> {
        if !jobs.iter().any(has_more) {
            return self
                .insert_plain(connection, persistent, jobs, batch, repeated, told, now)
                .await;
        }
        let (mut plain, mut keyed) = (Vec::new(), Vec::new());
        for job in jobs {
            if has_more(job) {
                keyed.push(job);
            } else {
                plain.push(job.clone());
            }
        }
        let mut keyed = self
            .insert_keyed(connection, persistent, &keyed, repeated, told, now)
            .await?
            .into_iter();
        let mut plain = self
            .insert_plain(connection, persistent, &plain, batch, repeated, told, now)
            .await?
            .into_iter();
        let answers = jobs.iter().map(|job| {
            let answer = if has_more(job) {
                keyed.next()
            } else {
                plain.next()
            };
            answer.unwrap_or(Inserted::New)
        });
        Ok(answers.collect())
    }

    #[allow(clippy::too_many_arguments, reason = "as above")]
    async fn insert_plain(
        &self,
        connection: &mut PgConnection,
        persistent: bool,
        jobs: &[NewJob],
        batch: &Batch,
        repeated: bool,
        told: Told<'_>,
        now: Now,
    ) -> Result<Vec<Inserted>> {
        let mut all_new = true;
        let mut fresh = HashSet::new();
        let last = batch.parts.len().saturating_sub(1);
        for (n, part) in batch.parts.iter().enumerate() {
            let payload = told.payload().filter(|_| n == last);
            let query = part.statement(&self.sql, persistent, repeated, payload, now);
            let row = query.fetch_one(&mut *connection).await?;
            match row.try_get::<Option<Vec<Uuid>>, _>(0)? {
                None => fresh.extend(&part.ids),
                Some(ids) => {
                    all_new = false;
                    fresh.extend(ids);
                }
            }
        }
        if all_new {
            return Ok(vec![Inserted::New; jobs.len()]);
        }
        let known: Vec<Uuid> = jobs
            .iter()
            .map(|job| job.id.as_uuid())
            .filter(|id| !fresh.contains(id))
            .collect();
        let kinds: HashMap<Uuid, i32> = if known.is_empty() {
            HashMap::new()
        } else {
            statement(&self.sql.existing, persistent)
                .bind(&known)
                .fetch_all(connection)
                .await?
                .iter()
                .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
                .collect::<Result<_>>()?
        };
        let mut answered = HashMap::new();
        Ok(jobs
            .iter()
            .map(|job| {
                let id = job.id.as_uuid();
                if let Some(kind) = answered.insert(id, job.kind) {
                    return Inserted::Exists(kind);
                }
                // On a second try, a fresh id that is there was put there by the first, whose answer was lost.
                if fresh.contains(&id) || (repeated && !job.may_exist) {
                    return Inserted::New;
                }
                // It may have ended meanwhile, and left no record.
                Inserted::Exists(kinds.get(&id).map_or(job.kind, |kind| KindId(*kind)))
            })
            .collect())
    }
}
