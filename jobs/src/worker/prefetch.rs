//! How many jobs to claim beyond the free slots, so that short jobs do not wait for the database. Pure.

use std::time::Duration;

/// How much work may lie ready in the process, as time.
const AHEAD: Duration = Duration::from_millis(50);
/// At most so many jobs, however short they are.
const MOST: usize = 500;
/// A job that waits here for so long was fetched on a wrong guess: it goes back, for others may have free slots.
pub(crate) const STALLED: Duration = Duration::from_millis(200);

/// A running mean of how long jobs take, recent ones counting more.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    mean: Option<f64>,
}

impl Pace {
    pub(crate) fn add(&mut self, took: Duration) {
        let took = took.as_secs_f64();
        self.mean = Some(self.mean.map_or(took, |mean| mean + (took - mean) / 8.0));
    }

    /// What was learnt does not hold any more. Nothing is fetched in advance until a job has ended, and that one may
    /// well be one of those that took long.
    pub(crate) fn forget(&mut self) {
        self.mean = None;
    }

    /// How many jobs to hold in advance: what `slots` slots run in a moment; none for jobs longer than that.
    pub(crate) fn prefetch(self, slots: usize) -> usize {
        let Some(mean) = self.mean else { return 0 };
        if mean >= AHEAD.as_secs_f64() {
            return 0;
        }
        let jobs = slots as f64 * AHEAD.as_secs_f64() / mean.max(1e-6);
        (jobs as usize).min(MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_jobs_are_fetched_in_advance() {
        let after = |took| {
            let mut pace = Pace::default();
            pace.add(took);
            pace.prefetch(10)
        };
        assert_eq!(Pace::default().prefetch(10), 0);
        assert_eq!(after(Duration::from_secs(1)), 0);
        assert_eq!(after(Duration::from_millis(10)), 50);
        assert_eq!(after(Duration::from_micros(1)), MOST);
        assert_eq!(after(Duration::ZERO), MOST);
    }

    #[test]
    fn a_wrong_guess_is_forgotten() {
        let mut pace = Pace::default();
        for _ in 0..1_000 {
            pace.add(Duration::from_micros(100));
        }
        pace.forget();
        assert_eq!(pace.prefetch(10), 0);
        pace.add(Duration::from_secs(1));
        assert_eq!(pace.prefetch(10), 0);
        // Short ones show themselves again.
        for _ in 0..50 {
            pace.add(Duration::from_millis(1));
        }
        assert!(pace.prefetch(10) > 0);
    }
}
