//! Every contender's handler calls [`ran`], and does nothing else.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering},
};

use crate::{Event, now};

/// Jobs are numbered from 0; those with greater numbers carry the time of their enqueue instead.
pub(crate) const NUMBERS: i64 = 1 << 24;

static COUNT: AtomicU64 = AtomicU64::new(0);
static TWICE: AtomicU64 = AtomicU64::new(0);
static EXPECTED: AtomicU64 = AtomicU64::new(u64::MAX);
static KEEP_TIMES: AtomicUsize = AtomicUsize::new(0);
static LAST: AtomicI64 = AtomicI64::new(0);
static SEEN: [AtomicU64; (NUMBERS / 64) as usize] =
    [const { AtomicU64::new(0) }; (NUMBERS / 64) as usize];
static BEGAN: Mutex<Vec<(i64, i64)>> = Mutex::new(Vec::new());
static WAITED: Mutex<Vec<i64>> = Mutex::new(Vec::new());

/// A job runs: what every handler calls.
pub fn ran(n: i64) {
    if n >= NUMBERS {
        let waited = now() - n;
        WAITED
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(waited);
    } else if n >= 0 {
        let bit = 1 << (n % 64);
        if SEEN[(n / 64) as usize].fetch_or(bit, Ordering::Relaxed) & bit != 0 {
            TWICE.fetch_add(1, Ordering::Relaxed);
        }
        if KEEP_TIMES.load(Ordering::Relaxed) > 0 {
            BEGAN
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((n, now()));
        }
    }
    if COUNT.fetch_add(1, Ordering::Relaxed) + 1 == EXPECTED.load(Ordering::Relaxed) {
        LAST.store(now(), Ordering::Relaxed);
        Event::Ran { at: now() }.say();
    }
}

/// How many ran so far.
#[must_use]
pub fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

/// Says [`Event::Ran`] when so many have run; keeps their times if they are few.
pub(crate) fn expect(jobs: u64) {
    EXPECTED.store(jobs, Ordering::Relaxed);
    KEEP_TIMES.store(usize::from(jobs <= 5_000), Ordering::Relaxed);
}

/// What ran, for those who check.
pub(crate) fn summary() -> Event {
    Event::Began {
        times: std::mem::take(&mut *BEGAN.lock().unwrap_or_else(PoisonError::into_inner)),
        count: count(),
        twice: TWICE.load(Ordering::Relaxed),
    }
}

/// How long jobs that carry their time have waited.
pub(crate) fn waited() -> Event {
    let mut waited = std::mem::take(&mut *WAITED.lock().unwrap_or_else(PoisonError::into_inner));
    waited.sort_unstable();
    let step = waited.len() / 20_000 + 1;
    Event::Waited {
        count: waited.len() as u64,
        sample: waited.iter().copied().step_by(step).collect(),
    }
}
