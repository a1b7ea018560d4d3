//! What a row remembers between two executions: the counts of its rules, and what it has begun.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What is kept in a row of the failures so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counters {
    /// Rule key → how many executions ended in it, and when the first did (µs since the epoch).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) rules: BTreeMap<String, (u32, i64)>,
    /// When the payload was first found unreadable (µs since the epoch).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unreadable: Option<i64>,
    /// It has run and parked: the time within which it must start is over.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) begun: bool,
}

impl Counters {
    /// What cannot be read counts as none: a rule then starts anew, which delays an end but loses nothing.
    pub(crate) fn read(stored: Option<&str>) -> Self {
        stored
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default()
    }

    pub(super) fn write(&self) -> Option<String> {
        if *self == Self::default() {
            None
        } else {
            serde_json::to_string(self).ok()
        }
    }

    pub(super) fn of(&self, key: &str) -> u32 {
        self.rules.get(key).map_or(0, |count| count.0)
    }

    /// The counts after one more failure of `key`, and when its first was.
    pub(super) fn with(&self, key: &str, now: DateTime<Utc>) -> (Self, u32, DateTime<Utc>) {
        let mut counters = self.clone();
        let count = counters
            .rules
            .entry(key.to_owned())
            .or_insert((0, now.timestamp_micros()));
        count.0 = count.0.saturating_add(1);
        let (n, first) = *count;
        (
            counters,
            n,
            DateTime::from_timestamp_micros(first).unwrap_or(now),
        )
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(value: &bool) -> bool {
    !value
}
