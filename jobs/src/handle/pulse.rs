//! Whether the worker of this process gives signs of life.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The last sign of life of this process's worker, and for how long it holds.
#[derive(Debug, Default)]
pub(crate) struct Pulse(Mutex<Option<(Instant, Duration)>>);

impl Pulse {
    /// A sign of life was given.
    pub(crate) fn beat(&self, lease: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), lease));
    }

    /// The worker has ended: nothing is expected any more.
    pub(crate) fn rest(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether there is no worker, or one whose last sign of life still holds.
    pub(crate) fn is_fine(&self) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_none_or(|(at, lease)| at.elapsed() < lease)
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Pulse};

    #[test]
    fn what_is_expected_and_does_not_come_is_missed() {
        let pulse = Pulse::default();
        assert!(pulse.is_fine());
        pulse.beat(Duration::from_secs(3_600));
        assert!(pulse.is_fine());
        pulse.beat(Duration::ZERO);
        assert!(!pulse.is_fine());
        pulse.rest();
        assert!(pulse.is_fine());
    }
}
