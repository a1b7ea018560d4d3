//! What is read: one job, its record, dead letters.

use chrono::{DateTime, TimeDelta, Utc};
use jobs::{
    Attempt, JobId, State,
    storage::{Letter, LetterFilter, Look, Resolve, Resolved, Row},
};

use super::{
    groups::Change,
    world::{DeadLetter, Job, Stage, Why, World},
};

fn reason(job: &Job) -> Option<String> {
    let text = match &job.stage {
        Stage::Ended(ended) => return ended.reason.clone(),
        Stage::Blocked(why) => match why {
            Why::Unknown => "unknown kind",
            Why::Unreadable(_) => "unreadable payload",
            Why::Unique(_) => "its unique key is held by another job",
            Why::Slots(_) => "concurrency limit",
            Why::Rate(_) => "rate limit",
            Why::Link => "an earlier job of its chain",
        },
        _ => return None,
    };
    Some(text.to_owned())
}

/// Stored attempts, and the run that has none of its own: the present one, or the last one if it did not fail.
fn attempts(job: &Job) -> Vec<Attempt> {
    let mut all = job.attempts.clone();
    let last = match &job.stage {
        Stage::Running { worker, since, .. } => Some((job.runs + 1, *since, None, *worker)),
        Stage::Ended(ended) => match (ended.started, ended.worker) {
            (Some(started), Some(worker)) => Some((job.runs, started, Some(ended.at), worker)),
            _ => None,
        },
        _ => None,
    };
    if let Some((number, started_at, ended_at, worker)) = last
        && all.last().is_none_or(|attempt| attempt.number < number)
    {
        all.push(Attempt::stored(
            number,
            started_at,
            ended_at,
            None,
            worker.to_string(),
        ));
    }
    all
}

impl World {
    pub(super) fn look(&self, id: JobId) -> Option<Look> {
        let job = self.jobs.get(&id)?;
        let letter = self.letters.iter().rev().find(|letter| letter.job == id);
        let state = job.state();
        Some(Look {
            state,
            output: match &job.stage {
                Stage::Ended(ended) => ended.output.clone(),
                _ => None,
            },
            reason: reason(job),
            error: letter
                .filter(|_| state == State::Dead)
                .map(|letter| letter.error.clone()),
        })
    }

    pub(super) fn row(&self, id: JobId) -> Option<Row> {
        let job = self.jobs.get(&id)?;
        let ended = match &job.stage {
            Stage::Ended(ended) => Some(ended),
            _ => None,
        };
        Some(Row {
            id,
            name: self.kind_name(job.kind).unwrap_or_default().to_owned(),
            queue: job.queue.clone(),
            priority: job.priority,
            tags: job.tags.clone(),
            args: job.args.clone(),
            state: job.state(),
            reason: reason(job),
            enqueued_at: job.enqueued_at,
            run_at: job.run_at,
            finished_at: ended.map(|ended| ended.at),
            attempts: attempts(job),
            progress: job.progress.clone(),
            output: ended.and_then(|ended| ended.output.clone()),
        })
    }

    pub(super) fn letters(&self, filter: &LetterFilter, skip: u32, limit: u32) -> Vec<Letter> {
        let text = filter.text.as_ref().map(|text| text.to_lowercase());
        let named = |letter: &DeadLetter| {
            let name = self.kind_name(letter.kind).unwrap_or_default();
            filter.names.is_empty() || filter.names.iter().any(|wanted| wanted == name)
        };
        let says = |letter: &DeadLetter, text: &str| {
            let mut said = vec![letter.error.message()];
            said.extend(letter.error.chain().iter().map(String::as_str));
            said.iter().any(|said| said.to_lowercase().contains(text))
        };
        let fits = |letter: &&DeadLetter| {
            named(letter)
                && filter
                    .queue
                    .as_ref()
                    .is_none_or(|queue| *queue == letter.queue)
                && text.as_ref().is_none_or(|text| says(letter, text))
                && filter.since.is_none_or(|since| letter.died >= since)
                && !(filter.unresolved && letter.resolved.is_some())
                && filter.below.is_none_or(|below| letter.number < below)
                && filter.job.is_none_or(|job| letter.job == job)
        };
        let found = self.letters.iter().rev().filter(fits);
        found
            .filter_map(|letter| {
                Some(Letter {
                    number: letter.number,
                    row: self.row(letter.job)?,
                    error: letter.error.clone(),
                    died_at: letter.died,
                    resolved_at: letter.resolved,
                })
            })
            .skip(skip as usize)
            .take(limit as usize)
            .collect()
    }

    pub(super) fn resolve(&mut self, number: i64, how: Resolve, now: DateTime<Utc>) -> Resolved {
        let at = self
            .letters
            .iter()
            .position(|letter| letter.number == number);
        let Some(letter) = at.map(|at| &self.letters[at]) else {
            return Resolved::Before;
        };
        let id = letter.job;
        let dead = self.jobs.get(&id).filter(|job| job.state() == State::Dead);
        let Some(job) = dead.filter(|_| letter.resolved.is_none()) else {
            return Resolved::Before;
        };
        let unique = job.keys.as_ref().and_then(|keys| keys.unique.clone());
        let unique = unique.filter(|of| of.until != jobs::storage::Held::Time);
        let to = match how {
            Resolve::Retry => {
                if let Some(unique) = unique {
                    let holder = self.take_unique(id, &unique, now);
                    if holder != id {
                        return Resolved::Held(holder);
                    }
                }
                self.seq += 1;
                let seq = self.seq;
                let job = self.job(id);
                (job.seq, job.stage, job.run_at) = (seq, Stage::Ready, now);
                (job.attempt, job.crashes, job.counters, job.last) = (0, 0, None, None);
                None
            }
            Resolve::Discard => {
                if let Stage::Ended(ended) = &mut self.job(id).stage {
                    ended.state = State::Discarded;
                }
                Some(State::Discarded)
            }
        };
        if let Some(at) = at {
            self.letters[at].resolved = Some(now);
        }
        let change = Change {
            job: id,
            state: to,
            output: None,
        };
        self.changed(vec![change], now);
        Resolved::Now
    }

    /// Records whose retention is over, and what goes with them.
    pub(super) fn prune(&mut self, limit: u32, now: DateTime<Utc>) -> u64 {
        self.sweep_keys(now);
        let over = self
            .jobs
            .values()
            .filter(|job| matches!(&job.stage, Stage::Ended(ended) if ended.expires <= now));
        let over: Vec<JobId> = over.map(|job| job.id).take(limit as usize).collect();
        for id in &over {
            self.forget(*id);
            self.letters.retain(|letter| letter.job != *id);
        }
        let week = TimeDelta::days(7);
        let groups = self.groups.values().filter(|row| {
            let letters = TimeDelta::days(90);
            let stays = if row.group.counts.dead > 0 {
                letters
            } else {
                week
            };
            row.ended_at.is_some_and(|ended| ended + stays <= now)
        });
        for id in groups.map(|row| row.group.id).collect::<Vec<_>>() {
            self.groups.remove(&id);
            self.members.remove(&id);
        }
        over.len() as u64
    }
}
