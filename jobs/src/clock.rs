//! The time by which the runtime judges: the system's, or one that a test moves.

#[cfg(feature = "testing")]
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

#[cfg(feature = "testing")]
use chrono::TimeDelta;
use chrono::{DateTime, Utc};

use crate::storage::Now;

/// The longest wait that is stored: a thousand years of 365 days.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(1_000 * 365 * 86_400);

/// A time that every backend stores and every language reads: the years 1 to 9999; others become the nearest of these.
pub(crate) fn storable(time: DateTime<Utc>) -> DateTime<Utc> {
    const FIRST: i64 = -62_135_596_800; // 0001-01-01T00:00:00Z
    const LAST: i64 = 253_402_300_799; // 9999-12-31T23:59:59Z
    let nearest = time.timestamp().clamp(FIRST, LAST);
    if nearest == time.timestamp() {
        return time;
    }
    DateTime::from_timestamp(nearest, 0).unwrap_or(time)
}

/// 8000-01-01T00:00:00Z, where a manual clock stops.
#[cfg(feature = "testing")]
const LAST_MANUAL: i64 = 190_288_396_800;

/// A clock. Storage verbs get [`Clock::now`], so that the system clock leaves due times to the database.
#[derive(Debug, Clone, Default)]
pub(crate) enum Clock {
    /// Due times are judged by the database.
    #[default]
    System,
    /// Everything is judged by this time.
    #[cfg(feature = "testing")]
    Manual(Arc<Mutex<DateTime<Utc>>>),
    /// The process's own time is this; due times are judged by the database.
    #[cfg(feature = "testing")]
    Simulated(SimulatedClock),
}

/// Where a simulated process reads its clock.
#[cfg(feature = "testing")]
#[derive(Clone)]
pub(crate) struct SimulatedClock(pub(crate) Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

#[cfg(feature = "testing")]
impl std::fmt::Debug for SimulatedClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SimulatedClock({})", (self.0)())
    }
}

impl Clock {
    /// What storage verbs are told.
    pub(crate) fn now(&self) -> Now {
        match self {
            Self::System => None,
            #[cfg(feature = "testing")]
            Self::Simulated(_) => None,
            #[cfg(feature = "testing")]
            Self::Manual(time) => Some(*time.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    /// The time as far as this process knows it.
    pub(crate) fn utc(&self) -> DateTime<Utc> {
        #[cfg(feature = "testing")]
        if let Self::Simulated(clock) = self {
            return (clock.0)();
        }
        self.now().unwrap_or_else(Utc::now)
    }

    /// A clock that only moves when told.
    #[cfg(feature = "testing")]
    pub(crate) fn manual(at: DateTime<Utc>) -> Self {
        Self::Manual(Arc::new(Mutex::new(at)))
    }

    /// Moves a manual clock.
    #[cfg(feature = "testing")]
    pub(crate) fn advance(&self, by: TimeDelta) {
        if let Self::Manual(time) = self {
            let mut time = time.lock().unwrap_or_else(PoisonError::into_inner);
            // Some room is left for the waits of retries and for retention.
            let last = DateTime::from_timestamp(LAST_MANUAL, 0).unwrap_or(*time);
            *time = time.checked_add_signed(by).unwrap_or(last).min(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::Datelike as _;

    use super::*;

    #[test]
    fn times_are_brought_into_the_years_1_to_9999() {
        let now = Utc::now();
        assert_eq!(storable(now), now);
        assert_eq!(storable(DateTime::<Utc>::MIN_UTC).year(), 1);
        assert_eq!(storable(DateTime::<Utc>::MAX_UTC).year(), 9999);
    }

    #[test]
    #[cfg(feature = "testing")]
    fn a_manual_clock_stops_in_the_year_8000() {
        let clock = Clock::manual(Utc::now());
        for _ in 0..2 {
            clock.advance(TimeDelta::MAX);
            assert_eq!(clock.utc().to_string(), "8000-01-01 00:00:00 UTC");
        }
    }
}
