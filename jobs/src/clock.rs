//! The time by which the runtime judges: the system's, or one that a test moves.

#[cfg(feature = "testing")]
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(feature = "testing")]
use chrono::TimeDelta;
use chrono::{DateTime, Utc};

use crate::storage::Now;

/// A clock. Storage verbs get [`Clock::now`], so that the system clock leaves due times to the database.
#[derive(Debug, Clone, Default)]
pub(crate) enum Clock {
    /// Due times are judged by the database.
    #[default]
    System,
    /// Everything is judged by this time.
    #[cfg(feature = "testing")]
    Manual(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// What storage verbs are told.
    pub(crate) fn now(&self) -> Now {
        match self {
            Self::System => None,
            #[cfg(feature = "testing")]
            Self::Manual(time) => Some(*time.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    /// The time as far as this process knows it.
    pub(crate) fn utc(&self) -> DateTime<Utc> {
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
            *time += by;
        }
    }
}
