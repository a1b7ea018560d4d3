//! New jobs, and those whose unique key is held.

use chrono::{DateTime, Utc};
use jobs::{
    Error, JobId, Result, State,
    storage::{Inserted, NewJob, NewWork, OnConflict, UniqueKey},
};

use super::world::{DEAD, Ended, Job, Stage, Why, World, after, failure};

impl World {
    pub(super) fn insert(&mut self, jobs: Vec<NewJob>, now: DateTime<Utc>) -> Vec<Inserted> {
        jobs.into_iter()
            .map(|job| self.insert_one(job, now))
            .collect()
    }

    fn insert_one(&mut self, new: NewJob, now: DateTime<Utc>) -> Inserted {
        if let Some(there) = self.jobs.get(&new.id) {
            return Inserted::Exists(there.kind);
        }
        self.seq += 1;
        let unique = new.keys.as_ref().and_then(|keys| keys.unique.clone());
        if let Some(unique) = &unique {
            let holder = self.take_unique(new.id, unique, now);
            if holder != new.id {
                return self.conflict(new, unique, holder, now);
            }
        }
        let job = Job::new(new, self.seq, now);
        self.jobs.insert(job.id, job);
        Inserted::New
    }

    /// Its key is held: what its own declaration says to that.
    fn conflict(
        &mut self,
        new: NewJob,
        unique: &UniqueKey,
        holder: JobId,
        now: DateTime<Utc>,
    ) -> Inserted {
        match unique.on_conflict {
            OnConflict::Replace => self.replace(new, holder, true, now),
            OnConflict::Reschedule => self.replace(new, holder, false, now),
            OnConflict::Dead => {
                let message = format!("its unique key is held by job {holder}");
                let mut job = Job::new(new, self.seq, now);
                job.run_at = now;
                job.stage = Stage::Ended(Box::new(Ended {
                    state: State::Dead,
                    worker: None,
                    started: None,
                    at: now,
                    expires: after(now, DEAD),
                    reason: None,
                    output: None,
                }));
                let error = failure("jobs::Duplicate", &message);
                self.bury(job.id, job.kind, job.queue.clone(), error, now);
                self.jobs.insert(job.id, job);
                return Inserted::Dead;
            }
            OnConflict::Reject | OnConflict::Error | OnConflict::Log => {}
        }
        Inserted::Held(holder)
    }

    /// The one that waits gets another time, and the whole of the new one if `whole`.
    fn replace(&mut self, new: NewJob, holder: JobId, whole: bool, now: DateTime<Utc>) {
        let Some(job) = self.jobs.get_mut(&holder) else {
            return;
        };
        let waits = matches!(
            job.stage,
            Stage::Ready | Stage::Scheduled | Stage::Blocked(Why::Slots(_) | Why::Rate(_))
        );
        if !waits {
            return;
        }
        let new = Job::new(new, job.seq, now);
        job.run_at = new.run_at;
        job.stage = if new.run_at > now {
            Stage::Scheduled
        } else {
            Stage::Ready
        };
        if whole {
            (job.version, job.keys, job.args) = (new.version, new.keys, new.args);
        }
    }

    /// Groups with their jobs: all or nothing.
    pub(super) fn insert_work(
        &mut self,
        work: NewWork,
        now: DateTime<Utc>,
    ) -> Result<Vec<Inserted>> {
        let before = self.clone();
        let inserted = self.try_work(work, now);
        if inserted.is_err() {
            *self = before;
        }
        inserted
    }

    fn try_work(&mut self, work: NewWork, now: DateTime<Utc>) -> Result<Vec<Inserted>> {
        if let Some(batch) = work.grows {
            self.may_grow(batch)?;
        }
        let answers = self.insert(work.jobs.clone(), now);
        for (job, answer) in work.jobs.iter().zip(&answers) {
            let unique = job.keys.as_ref().and_then(|keys| keys.unique.as_ref());
            if let (Inserted::Held(holder), Some(unique)) = (answer, unique)
                && unique.on_conflict == OnConflict::Error
            {
                let (job, holder) = (job.id.to_string(), *holder);
                return Err(Error::Duplicate { job, holder });
            }
        }
        self.join(work, &answers, now);
        Ok(answers)
    }
}
