//! Chance. In a simulation it is what a seed says, so that the same seed brings the same run.

#[cfg(feature = "testing")]
use std::cell::RefCell;

#[cfg(feature = "testing")]
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

#[cfg(feature = "testing")]
thread_local! {
    static SEEDED: RefCell<Option<StdRng>> = const { RefCell::new(None) };
}

/// From now on, all chance on this thread follows from `seed`.
#[cfg(feature = "testing")]
pub(crate) fn seed(seed: u64) {
    SEEDED.set(Some(StdRng::seed_from_u64(seed)));
}

/// From 0 to 1.
pub(crate) fn random() -> f64 {
    #[cfg(feature = "testing")]
    if let Some(told) = SEEDED.with_borrow_mut(|seeded| seeded.as_mut().map(|dice| dice.random())) {
        return told;
    }
    rand::random()
}
