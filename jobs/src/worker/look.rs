//! When a pool looks for jobs. Pure: it takes the time.

use std::time::Duration;

use tokio::time::Instant;

/// How long a pool waits after a claim failed, doubling up to the second figure.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// Looks follow announcements, full claims, and, as the floor below both, a deadline that only a look postpones.
#[derive(Debug)]
pub(super) struct Looks {
    /// There may be something to claim.
    needed: bool,
    /// Something was announced since the claim that is under way began.
    woken: bool,
    /// When to look at the latest.
    at: Instant,
    /// After a claim failed, and how long to wait after the next.
    failed: Option<Duration>,
}

impl Looks {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            needed: true,
            woken: false,
            at: now,
            failed: None,
        }
    }

    /// Something was announced.
    pub(super) fn wake(&mut self) {
        self.needed = true;
        self.woken = true;
    }

    /// Whether to claim now. After a failure announcements wait with the rest.
    pub(super) fn now(&self, now: Instant) -> bool {
        now >= self.at || self.needed && self.failed.is_none()
    }

    /// The last claim found less than there was room for, and nothing was announced since.
    pub(super) fn found_nothing(&self) -> bool {
        !self.needed && self.failed.is_none()
    }

    /// A claim begins: it sees what was announced until now.
    pub(super) fn begin(&mut self) {
        self.woken = false;
    }

    /// A claim ended; `more` if it filled all room that there was. `floor` is how long to wait for announcements.
    pub(super) fn done(&mut self, more: bool, now: Instant, floor: Duration) {
        self.failed = None;
        self.needed = more || self.woken;
        self.at = now + floor;
    }

    /// A claim failed; gives how long the next one waits.
    pub(super) fn failed(&mut self, now: Instant) -> Duration {
        let pause = self.failed.unwrap_or(FIRST_PAUSE);
        self.failed = Some((pause * 2).min(LAST_PAUSE));
        self.at = now + pause;
        pause
    }

    /// The deadline is over, and nothing could be claimed for want of a slot, or of a phase in which to claim: what is
    /// to be done stays noted, and the next deadline is set.
    pub(super) fn postpone(&mut self, now: Instant, floor: Duration) {
        if now >= self.at {
            self.needed = true;
            self.at = now + self.failed.unwrap_or(floor);
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: Duration = Duration::from_secs(10);

    #[test]
    fn events_do_not_put_off_the_idle_look() {
        let start = Instant::now();
        let mut looks = Looks::new(start);
        looks.begin();
        looks.done(false, start, FLOOR);
        let mut now = start;
        let mut looked = 0;
        // A job ends every 100 ms: for a minute.
        while now < start + Duration::from_secs(60) {
            now += Duration::from_millis(100);
            if looks.now(now) {
                looked += 1;
                looks.begin();
                looks.done(false, now, FLOOR);
            }
            assert!(looks.deadline() <= now + FLOOR);
        }
        assert_eq!(looked, 6);
    }

    #[test]
    fn a_look_that_is_needed_and_not_possible_neither_spins_nor_is_forgotten() {
        let start = Instant::now();
        let mut looks = Looks::new(start);
        looks.postpone(start, FLOOR);
        assert_eq!(
            looks.deadline(),
            start + FLOOR,
            "the wait for the next event is long"
        );
        assert!(
            looks.now(start),
            "what is to be done is done as soon as it can be"
        );
    }

    #[test]
    fn what_is_announced_while_a_claim_is_under_way_is_looked_for_again() {
        let start = Instant::now();
        let mut looks = Looks::new(start);
        looks.begin();
        looks.wake();
        looks.done(false, start, FLOOR);
        assert!(looks.now(start));
        looks.begin();
        looks.done(false, start, FLOOR);
        assert!(!looks.now(start));
        looks.done(true, start, FLOOR);
        assert!(looks.now(start));
    }

    #[test]
    fn failures_are_followed_by_growing_pauses_whatever_is_announced() {
        let mut now = Instant::now();
        let mut looks = Looks::new(now);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            assert!(looks.now(now));
            looks.begin();
            looks.wake();
            let pause = looks.failed(now);
            looks.wake();
            assert!(!looks.now(now), "announcements do not shorten the pause");
            pauses.push(pause.as_millis());
            now += pause;
        }
        assert_eq!(pauses, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        looks.done(false, now, FLOOR);
        looks.wake();
        assert!(looks.now(now));
        assert_eq!(looks.failed(now).as_millis(), 100);
    }
}
