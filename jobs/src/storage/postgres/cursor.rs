//! Where the claims of a queue have got to, so that they need not step over what was claimed before. Pure.
//!
//! The claim index keeps an entry for each running job, and for each ended one until it is vacuumed, which a snapshot
//! held anywhere in the database prevents. So when a look from the start takes long, the next ones begin behind the
//! last claimed job; and as jobs may have come to earlier places (put back, promoted, more urgent, or committed late),
//! a look from the start follows, at the latest within a second.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};

/// What a claim takes when there is nothing to step over, and for each job.
const USUAL: Duration = Duration::from_millis(2);
const USUAL_PER_JOB: Duration = Duration::from_micros(25);
/// Looks from the start may take this part of the time, but one is made at least so often.
const PART: u32 = 10;
const LONGEST: Duration = Duration::from_millis(900);

/// A place in a queue's order: priority, due time, insertion. `None` is the start.
pub(super) type Place = Option<(i16, DateTime<Utc>, i64)>;

/// Only claimed jobs are in the way: as long as this process has not claimed so many, a slow look has other reasons.
const MANY: usize = 5_000;

/// By queue.
#[derive(Debug, Default)]
pub(super) struct Cursors(Mutex<HashMap<String, Cursor>>);

#[derive(Debug, Default)]
struct Cursor {
    place: Place,
    /// Jobs claimed so far.
    claimed: usize,
    /// From then on looks begin at the start; `None` if they do now.
    start_at: Option<Instant>,
    /// Something may lie before the place, and nobody has looked since.
    owed: bool,
}

/// What one claim found in one queue.
pub(super) struct Found {
    /// Where it began.
    pub(super) from: Place,
    /// The last job that it took, and how many.
    pub(super) last: Place,
    pub(super) claimed: usize,
    /// It took fewer than it was asked for.
    pub(super) short: bool,
    /// How long it took beyond what is usual.
    pub(super) excess: Duration,
}

/// How long a claim of so many jobs took beyond what is usual.
pub(super) fn excess(took: Duration, jobs: usize) -> Duration {
    let jobs = u32::try_from(jobs).unwrap_or(u32::MAX);
    took.saturating_sub(USUAL + USUAL_PER_JOB.saturating_mul(jobs))
}

impl Cursors {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Cursor>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the next claim of a queue begins.
    pub(super) fn place(&self, queue: &str, now: Instant) -> Place {
        let cursors = self.lock();
        let cursor = cursors.get(queue)?;
        cursor
            .place
            .filter(|_| cursor.start_at.is_some_and(|at| now < at))
    }

    /// A claim ended.
    pub(super) fn found(&self, queue: &str, found: Found, now: Instant) {
        let mut cursors = self.lock();
        if !cursors.contains_key(queue) {
            cursors.insert(queue.to_owned(), Cursor::default());
        }
        let Some(cursor) = cursors.get_mut(queue) else {
            return;
        };
        cursor.claimed = cursor.claimed.saturating_add(found.claimed);
        if found.from.is_none() {
            let pause = found.excess.saturating_mul(PART).min(LONGEST);
            let slow = !pause.is_zero() && cursor.claimed >= MANY;
            cursor.start_at = slow.then_some(now + pause);
            cursor.owed = false;
        }
        cursor.owed |= found.from.is_some() && found.short;
        cursor.place = found.last.or(cursor.place);
    }

    /// How long until a look from the start is owed; `None` if none is.
    pub(super) fn due(&self, now: Instant) -> Option<Duration> {
        let cursors = self.lock();
        let owed = cursors.values().filter(|cursor| cursor.owed);
        owed.filter_map(|cursor| cursor.start_at)
            .map(|at| at.saturating_duration_since(now))
            .min()
            .map(|wait| wait.max(Duration::from_millis(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(seq: i64) -> Place {
        Some((0, DateTime::UNIX_EPOCH, seq))
    }

    fn found(from: Place, last: Place, short: bool, excess: u64) -> Found {
        Found {
            from,
            last,
            claimed: 10_000,
            short,
            excess: Duration::from_millis(excess),
        }
    }

    #[test]
    fn quick_looks_always_begin_at_the_start() {
        let (cursors, now) = (Cursors::default(), Instant::now());
        cursors.found("q", found(None, place(7), false, 0), now);
        assert_eq!(cursors.place("q", now), None);
        assert_eq!(cursors.due(now), None);
        assert!(excess(Duration::from_millis(4), 100).is_zero());
        assert!(!excess(Duration::from_millis(4), 10).is_zero());
    }

    #[test]
    fn after_a_slow_look_claims_begin_behind_the_last_job_for_less_than_a_second() {
        let (cursors, start) = (Cursors::default(), Instant::now());
        cursors.found("q", found(None, place(7), false, 500), start);
        let later = start + Duration::from_millis(800);
        assert_eq!(cursors.place("q", later), place(7));
        assert_eq!(cursors.place("other", later), None);
        cursors.found("q", found(place(7), place(9), false, 0), later);
        assert_eq!(cursors.place("q", later), place(9));
        assert_eq!(cursors.due(later), None, "the pool goes on by itself");
        assert_eq!(cursors.place("q", start + Duration::from_secs(1)), None);
    }

    #[test]
    fn a_process_that_has_claimed_little_is_slow_for_other_reasons() {
        let (cursors, now) = (Cursors::default(), Instant::now());
        let slow = Found {
            claimed: 10,
            ..found(None, place(7), false, 500)
        };
        cursors.found("q", slow, now);
        assert_eq!(cursors.place("q", now), None);
    }

    #[test]
    fn a_worker_that_found_nothing_behind_it_looks_again_from_the_start() {
        let (cursors, start) = (Cursors::default(), Instant::now());
        cursors.found("q", found(None, place(7), false, 5), start);
        cursors.found("q", found(place(7), None, true, 0), start);
        let due = cursors.due(start).expect("a look is owed");
        assert!(due <= Duration::from_millis(50), "{due:?}");
        let then = start + due;
        assert_eq!(cursors.place("q", then), None);
        cursors.found("q", found(None, None, true, 5), then);
        assert_eq!(cursors.due(then), None, "then it sleeps");
    }
}
