//! New jobs with keys. A unique key is taken by the insert of its row; what could not take its key is answered as its
//! job says.

use std::collections::HashMap;

use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::{
    PostgresStorage,
    insert::{Part, ROWS, Told, group, trace},
    rows::{micros, write},
    session::statement,
};
use crate::{
    definition::OnConflict,
    error::{Error, Result},
    record::JobId,
    storage::{Inserted, KindId, NewJob, Now, RunAt, UniqueKey, keys::duplicate},
};

/// How long one of our own inserts waits for somebody's open transaction.
const PATIENCE: &str = "100ms";
/// How often an insert finds that a key was freed just before it looked who holds it.
const ROUNDS: usize = 8;
/// What a job that died of its key is kept for.
const DEAD: i64 = 90 * 86_400_000_000;

pub(super) fn unique(job: &NewJob) -> Option<&UniqueKey> {
    job.keys.as_ref()?.unique.as_ref()
}

fn place(job: &NewJob) -> Option<i32> {
    job.member.as_ref()?.place
}

fn waits(job: &NewJob) -> bool {
    job.member.as_ref().is_some_and(|member| member.waits)
}

impl PostgresStorage {
    pub(super) async fn insert_keyed(
        &self,
        connection: &mut PgConnection,
        persistent: bool,
        jobs: &[&NewJob],
        repeated: bool,
        told: Told<'_>,
        now: Now,
    ) -> Result<Vec<Inserted>> {
        let mut answers = vec![Inserted::New; jobs.len()];
        let mut pending: Vec<usize> = (0..jobs.len()).collect();
        // Batches of one process or another meet in the order of their keys.
        pending.sort_by_key(|at| unique(jobs[*at]).map(|unique| &unique.key));
        let mut held = Vec::new();
        for _ in 0..ROUNDS {
            if pending.is_empty() {
                break;
            }
            let mut lost = Vec::new();
            for chunk in pending.chunks(ROWS) {
                let some: Vec<&NewJob> = chunk.iter().map(|at| jobs[*at]).collect();
                let fresh = self
                    .insert_free(connection, persistent, &some, repeated, told, now)
                    .await?;
                // An id that comes twice is new once.
                let mut fresh: HashMap<Uuid, ()> = fresh.into_iter().map(|id| (id, ())).collect();
                lost.extend(
                    chunk
                        .iter()
                        .copied()
                        .filter(|at| fresh.remove(&jobs[*at].id.as_uuid()).is_none()),
                );
            }
            if lost.is_empty() {
                return Ok(answers);
            }
            pending.clear();
            let kinds = self.kinds_of(connection, persistent, &lost, jobs).await?;
            let holders = self
                .holders(connection, persistent, &lost, jobs, now)
                .await?;
            for at in lost {
                let id = jobs[at].id.as_uuid();
                let holder = unique(jobs[at]).and_then(|unique| holders.get(&unique.key).copied());
                match (kinds.get(&id), holder) {
                    // On a second try, a fresh id that is there was put there by the first.
                    (Some(_), _) if repeated && !jobs[at].may_exist => {}
                    (Some(kind), _) => answers[at] = Inserted::Exists(KindId(*kind)),
                    (None, Some(holder)) if holder != id => {
                        answers[at] = Inserted::Held(JobId::from(holder));
                        held.push(at);
                    }
                    // The key was freed, or its time was over and it is ours now.
                    (None, _) => pending.push(at),
                }
            }
        }
        if !pending.is_empty() {
            return Err(Error::Database(sqlx::Error::Io(std::io::Error::new(
                std::io::ErrorKind::TimedOut,
                "a unique key changed hands too often while a job was being enqueued",
            ))));
        }
        self.conflicts(connection, persistent, jobs, &held, &mut answers, now)
            .await?;
        Ok(answers)
    }

    /// Inserts those whose keys are free; their ids.
    async fn insert_free(
        &self,
        connection: &mut PgConnection,
        persistent: bool,
        jobs: &[&NewJob],
        repeated: bool,
        told: Told<'_>,
        now: Now,
    ) -> Result<Vec<Uuid>> {
        let mut part = Part::default();
        let (mut keys, mut uniques, mut ttls) = (Vec::new(), Vec::new(), Vec::new());
        for job in jobs {
            part.push(job);
            keys.push(job.keys.as_ref().map(|keys| keys.write()));
            let unique = unique(job);
            uniques.push(unique.map(|unique| unique.key.clone()));
            ttls.push(unique.and_then(|unique| unique.ttl).map(micros));
        }
        let patience = matches!(told, Told::Own).then_some(PATIENCE);
        let query = part
            .bind(statement(&self.sql.insert_keyed, persistent), repeated, now)
            .bind(told.payload())
            .bind(keys)
            .bind(uniques)
            .bind(ttls)
            .bind(patience)
            .bind(jobs.iter().map(|job| group(job)).collect::<Vec<_>>())
            .bind(jobs.iter().map(|job| place(job)).collect::<Vec<_>>())
            .bind(jobs.iter().map(|job| waits(job)).collect::<Vec<_>>())
            .bind(jobs.iter().map(|job| trace(job)).collect::<Vec<_>>());
        Ok(query.fetch_one(connection).await?.try_get(0)?)
    }

    async fn kinds_of(
        &self,
        connection: &mut PgConnection,
        persistent: bool,
        at: &[usize],
        jobs: &[&NewJob],
    ) -> Result<HashMap<Uuid, i32>> {
        let ids: Vec<Uuid> = at.iter().map(|at| jobs[*at].id.as_uuid()).collect();
        statement(&self.sql.existing, persistent)
            .bind(ids)
            .fetch_all(connection)
            .await?
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }

    /// Who holds the keys of these jobs, after those whose time is over went to the first of them.
    async fn holders(
        &self,
        connection: &mut PgConnection,
        persistent: bool,
        at: &[usize],
        jobs: &[&NewJob],
        now: Now,
    ) -> Result<HashMap<String, Uuid>> {
        let (mut keys, mut ids, mut ttls) = (Vec::new(), Vec::new(), Vec::new());
        for at in at {
            if let Some(unique) = unique(jobs[*at]) {
                keys.push(unique.key.clone());
                ids.push(jobs[*at].id.as_uuid());
                ttls.push(unique.ttl.map(micros));
            }
        }
        statement(&self.sql.uniques_pass, persistent)
            .bind(now)
            .bind(keys)
            .bind(ids)
            .bind(ttls)
            .fetch_all(connection)
            .await?
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }

    /// Replaces, reschedules, or stores as dead what could not take its key.
    async fn conflicts(
        &self,
        connection: &mut PgConnection,
        persistent: bool,
        jobs: &[&NewJob],
        held: &[usize],
        answers: &mut [Inserted],
        now: Now,
    ) -> Result<()> {
        let mut changes: HashMap<JobId, (&NewJob, bool)> = HashMap::new();
        let mut dead = Vec::new();
        for at in held {
            let Inserted::Held(holder) = answers[*at] else {
                continue;
            };
            match unique(jobs[*at]).map(|unique| unique.on_conflict) {
                // The last one wins.
                Some(OnConflict::Replace) => {
                    changes.insert(holder, (jobs[*at], true));
                }
                Some(OnConflict::Reschedule) => {
                    changes.insert(holder, (jobs[*at], false));
                }
                Some(OnConflict::Dead) => {
                    dead.push((jobs[*at], holder));
                    answers[*at] = Inserted::Dead;
                }
                _ => {}
            }
        }
        if !changes.is_empty() {
            let (mut ids, mut versions, mut args, mut keys) = (vec![], vec![], vec![], vec![]);
            let (mut delays, mut times) = (vec![], vec![]);
            let mut sorted: Vec<_> = changes.into_iter().collect();
            sorted.sort_by_key(|(holder, _)| *holder);
            for (holder, (job, whole)) in sorted {
                ids.push(holder.as_uuid());
                versions.push(i32::try_from(job.version).unwrap_or(i32::MAX));
                args.push(whole.then(|| job.args.clone()));
                keys.push(job.keys.as_ref().map(|keys| keys.write()));
                let (delay, time) = match job.run_at {
                    RunAt::Now => (None, None),
                    RunAt::In(delay) => (Some(micros(delay)), None),
                    RunAt::At(time) => (None, Some(time)),
                };
                delays.push(delay);
                times.push(time);
            }
            statement(&self.sql.replace, persistent)
                .bind(now)
                .bind(ids)
                .bind(versions)
                .bind(args)
                .bind(keys)
                .bind(delays)
                .bind(times)
                .execute(&mut *connection)
                .await?;
        }
        if !dead.is_empty() {
            self.insert_dead(connection, persistent, &dead, now).await?;
        }
        Ok(())
    }

    async fn insert_dead(
        &self,
        connection: &mut PgConnection,
        persistent: bool,
        dead: &[(&NewJob, JobId)],
        now: Now,
    ) -> Result<()> {
        let (mut ids, mut kinds, mut versions, mut queues) = (vec![], vec![], vec![], vec![]);
        let (mut priorities, mut args, mut tags, mut keys) = (vec![], vec![], vec![], vec![]);
        let (mut messages, mut errors) = (vec![], vec![]);
        let mut name = String::new();
        for (job, holder) in dead {
            let error = duplicate(*holder);
            ids.push(job.id.as_uuid());
            kinds.push(job.kind.0);
            versions.push(i32::try_from(job.version).unwrap_or(i32::MAX));
            queues.push(job.queue.to_string());
            priorities.push(job.priority);
            args.push(job.args.clone());
            tags.push(write("tags", &job.tags)?);
            keys.push(job.keys.as_ref().map(|keys| keys.write()));
            error.type_name().clone_into(&mut name);
            messages.push(error.message().to_owned());
            errors.push(write("error", &error)?);
        }
        statement(&self.sql.insert_dead, persistent)
            .bind(now)
            .bind(ids)
            .bind(kinds)
            .bind(versions)
            .bind(queues)
            .bind(priorities)
            .bind(args)
            .bind(tags)
            .bind(keys)
            .bind(name)
            .bind(messages)
            .bind(errors)
            .bind(DEAD)
            .bind(dead.iter().map(|(job, _)| group(job)).collect::<Vec<_>>())
            .bind(dead.iter().map(|(job, _)| place(job)).collect::<Vec<_>>())
            .execute(connection)
            .await?;
        Ok(())
    }
}
