//! Unique keys, slots and rates. How many slots are used is not stored: the running jobs say it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use jobs::{
    JobId,
    storage::{Held, Keys, RateKey, UniqueKey},
};

use super::world::{Stage, Why, World, after};

/// What a claim of a job comes to.
pub(super) enum Verdict {
    Starts,
    /// Over a limit whose excess is discarded.
    Refused,
    Waits(Why),
}

/// Whether a claim, or its end, has to touch more than the job's own row.
pub(super) fn matter_to_claims(keys: &Keys) -> bool {
    let unique = keys.unique.as_ref();
    !keys.slots.is_empty()
        || keys.rate.is_some()
        || unique.is_some_and(|unique| unique.until != Held::Time)
}

fn frees_at_start(keys: &Keys) -> bool {
    let unique = keys.unique.as_ref();
    unique.is_some_and(|unique| unique.until == Held::Waiting)
}

impl World {
    /// How many claims hold a slot of a key.
    #[must_use]
    pub fn used(&self, key: &str) -> u32 {
        let held = self.jobs.values().flat_map(|job| job.slots());
        u32::try_from(held.filter(|of| *of == key).count()).unwrap_or(u32::MAX)
    }

    fn recent(&self, rate: &RateKey, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let all = self.rates.get(&rate.key).into_iter().flatten().copied();
        all.filter(|at| after(*at, rate.per) > now).collect()
    }

    fn fits(&self, rate: &RateKey, now: DateTime<Utc>) -> usize {
        (rate.count as usize).saturating_sub(self.recent(rate, now).len())
    }

    /// What a claim of this job would come to.
    pub(super) fn judge(&self, keys: &Keys, now: DateTime<Utc>) -> Verdict {
        for slot in &keys.slots {
            if self.used(&slot.key) >= slot.limit {
                return if slot.discard {
                    Verdict::Refused
                } else {
                    Verdict::Waits(Why::Slots(slot.key.clone()))
                };
            }
        }
        match &keys.rate {
            Some(rate) if self.fits(rate, now) == 0 => Verdict::Waits(Why::Rate(rate.key.clone())),
            _ => Verdict::Starts,
        }
    }

    /// The claim has started: what it uses up, and what it gives back.
    pub(super) fn started(&mut self, id: JobId, keys: &Keys, now: DateTime<Utc>) {
        if let Some(rate) = &keys.rate {
            let claims = self.rates.entry(rate.key.clone()).or_default();
            // The clock may have been set back: the later time counts.
            let at = claims.last().map_or(now, |last| now.max(*last));
            claims.push(at);
        }
        if frees_at_start(keys) {
            self.free_unique(id, keys, now);
        }
    }

    /// Takes a unique key if it is free or over; who has it then.
    pub(super) fn take_unique(
        &mut self,
        id: JobId,
        unique: &UniqueKey,
        now: DateTime<Utc>,
    ) -> JobId {
        let held = self.uniques.get(&unique.key);
        if let Some((holder, until)) = held
            && until.is_none_or(|until| until > now)
        {
            return *holder;
        }
        let until = unique.ttl.map(|ttl: Duration| after(now, ttl));
        self.uniques.insert(unique.key.clone(), (id, until));
        id
    }

    /// A job has ended, or waits no more: its key is free, and the next one that is blocked for it takes it.
    pub(super) fn free_unique(&mut self, id: JobId, keys: &Keys, now: DateTime<Utc>) {
        let Some(unique) = keys.unique.as_ref().filter(|of| of.until != Held::Time) else {
            return;
        };
        if self.uniques.get(&unique.key).map(|held| held.0) == Some(id) {
            self.uniques.remove(&unique.key);
            if frees_at_start(keys) {
                self.hand_on(&unique.key, now);
            }
        }
    }

    pub(super) fn hand_on(&mut self, key: &str, now: DateTime<Utc>) {
        let waits = self.sorted(|job| job.stage == Stage::Blocked(Why::Unique(key.to_owned())));
        if let Some(heir) = waits.first().copied() {
            let job = self.job(heir);
            job.stage = if job.run_at > now {
                Stage::Scheduled
            } else {
                Stage::Ready
            };
            self.uniques.insert(key.to_owned(), (heir, None));
        }
    }

    /// A job waits again: it takes the key that it holds while it waits, or is blocked for it.
    pub(super) fn take_again(&mut self, id: JobId, now: DateTime<Utc>) {
        let Some(keys) = self.job(id).keys.clone().filter(frees_at_start) else {
            return;
        };
        let Some(unique) = keys.unique else { return };
        if self.take_unique(id, &unique, now) != id {
            self.job(id).stage = Stage::Blocked(Why::Unique(unique.key));
        }
    }

    /// Slots are free: as many of those that wait longest go on.
    pub(super) fn free_slots<'k>(&mut self, keys: impl IntoIterator<Item = &'k str>) {
        for key in keys {
            self.wake(&Why::Slots(key.to_owned()), 1);
        }
    }

    /// Makes ready those that have waited longest for this; how many.
    pub(super) fn wake(&mut self, why: &Why, at_most: usize) -> usize {
        let waits = self.sorted(|job| job.stage == Stage::Blocked(why.clone()));
        let go = waits.into_iter().take(at_most);
        go.map(|id| self.job(id).stage = Stage::Ready).count()
    }

    /// Lets go on who fits into the rates' windows now; how many, and when more may.
    pub(super) fn open_windows(&mut self, now: DateTime<Utc>) -> (u64, Option<DateTime<Utc>>) {
        let (mut all, mut next) = (0, None);
        for (key, rate) in self.waited_rates() {
            all += self.wake(&Why::Rate(key), self.fits(&rate, now));
        }
        for (_, rate) in self.waited_rates() {
            let opens = match self.recent(&rate, now).first() {
                Some(first) => after(*first, rate.per),
                None => now,
            };
            next = Some(next.map_or(opens, |next: DateTime<Utc>| next.min(opens)));
        }
        (all as u64, next)
    }

    fn waited_rates(&self) -> Vec<(String, RateKey)> {
        let mut found = std::collections::BTreeMap::new();
        for job in self.jobs.values() {
            if let (Stage::Blocked(Why::Rate(key)), Some(keys)) = (&job.stage, &job.keys)
                && let Some(rate) = &keys.rate
            {
                found.insert(key.clone(), rate.clone());
            }
        }
        found.into_iter().collect()
    }

    /// The sweep: keys whose time is over or whose job is gone; and who waits though there is room.
    pub(super) fn sweep_keys(&mut self, now: DateTime<Utc>) {
        let jobs = &self.jobs;
        let open = |id: &JobId| jobs.get(id).is_some_and(|job| !job.state().is_final());
        let over: Vec<String> = self
            .uniques
            .iter()
            .filter(|(_, (job, until))| until.map_or(!open(job), |until| until <= now))
            .map(|(key, _)| key.clone())
            .collect();
        for key in over {
            self.uniques.remove(&key);
            self.hand_on(&key, now);
        }
        let mut waited = std::collections::BTreeMap::new();
        for job in self.jobs.values() {
            if let (Stage::Blocked(Why::Slots(key)), Some(keys)) = (&job.stage, &job.keys) {
                let limit = keys.slots.iter().find(|slot| slot.key == *key);
                waited.insert(key.clone(), limit.map_or(1, |slot| slot.limit));
            }
        }
        for (key, limit) in waited {
            let room = limit.saturating_sub(self.used(&key));
            self.wake(&Why::Slots(key), room as usize);
        }
    }
}
