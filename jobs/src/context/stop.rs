//! What ends an execution from inside.

use chrono::{DateTime, Utc};

use super::EndNow;
use crate::{failure::FlowError, storage::Awaited};

/// Why the function is dropped where it waits.
#[derive(Debug, Clone)]
pub(crate) enum Stop {
    /// The job said so.
    Chose(EndNow),
    /// It waits for a time or for something to come.
    Park {
        /// Goes on at this time.
        until: Option<DateTime<Utc>>,
        /// Goes on when this comes.
        on: Option<Awaited>,
    },
    /// A checkpoint cannot be passed.
    Failed(FlowError),
    /// It goes back as it is: its worker stops, or another one has its claim.
    Yield,
}
