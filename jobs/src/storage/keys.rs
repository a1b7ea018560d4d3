//! The keys of one job as its row carries them: what they are, and how strict. Pure data.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::KindId;
use crate::{
    definition::{Limits, OnConflict, Unique, Until},
    failure::JobError,
    record::JobId,
};

/// What a job takes at its insert, at its claims, or both. A row without keys costs nothing anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Keys {
    /// One job of this key at a time, from its insert on.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub unique: Option<UniqueKey>,
    /// So many of these keys at once, from claim to end; the first is looked at first.
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<SlotKey>,
    /// So many claims of this key in a span.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateKey>,
}

/// A key that is held in `uniques`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UniqueKey {
    /// Its digest.
    #[serde(rename = "k")]
    pub key: String,
    /// When it is free again.
    #[serde(rename = "u")]
    pub until: Held,
    /// How long it is held at most.
    #[serde(
        rename = "t",
        default,
        skip_serializing_if = "Option::is_none",
        with = "maybe_micros"
    )]
    pub ttl: Option<Duration>,
    /// What an insert does with a job whose key is held; of no meaning afterwards.
    #[serde(skip, default = "reject")]
    pub on_conflict: OnConflict,
}

fn reject() -> OnConflict {
    OnConflict::Reject
}

/// How long a unique key is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Held {
    /// While the job waits.
    #[serde(rename = "w")]
    Waiting,
    /// Until the job has ended.
    #[serde(rename = "e")]
    Ended,
    /// For its `ttl`.
    #[serde(rename = "t")]
    Time,
}

impl Held {
    /// `None` for a key that is no lock but a slot.
    pub(crate) fn of(until: Until) -> Option<Self> {
        match until {
            Until::Executing => Some(Self::Waiting),
            Until::Executed => Some(Self::Ended),
            Until::Expired => Some(Self::Time),
            Until::WhileExecuting => None,
        }
    }
}

/// A key of which so many run at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotKey {
    /// Its digest.
    #[serde(rename = "k")]
    pub key: String,
    /// So many.
    #[serde(rename = "n")]
    pub limit: u32,
    /// What is over the limit ends `discarded`.
    #[serde(rename = "d", default, skip_serializing_if = "std::ops::Not::not")]
    pub discard: bool,
    /// Keys take turns: one that goes on stands behind those of the others.
    #[serde(rename = "f", default, skip_serializing_if = "std::ops::Not::not")]
    pub fair: bool,
}

/// A key of which so many are claimed in any span of a length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateKey {
    /// Its digest.
    #[serde(rename = "k")]
    pub key: String,
    /// So many
    #[serde(rename = "n")]
    pub count: u32,
    /// in any such span.
    #[serde(rename = "p", with = "micros")]
    pub per: Duration,
}

/// Durations as whole microseconds.
mod micros {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_micros)
    }
}

mod maybe_micros {
    use std::time::Duration;

    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => super::micros::serialize(time, to),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        super::micros::deserialize(from).map(Some)
    }
}

impl Keys {
    /// Whether a claim takes something.
    pub(crate) fn limits_claims(&self) -> bool {
        !self.slots.is_empty() || self.rate.is_some()
    }

    /// Whether a claim, or its end, has to touch more than the job's own row.
    pub(crate) fn matter_to_claims(&self) -> bool {
        self.limits_claims()
            || self
                .unique
                .as_ref()
                .is_some_and(|unique| unique.until != Held::Time)
    }

    /// Whether another job may have left its place in a group to this one without its claims having to know.
    pub(crate) fn outlives_claims(&self) -> bool {
        self.unique
            .as_ref()
            .is_some_and(|unique| unique.until == Held::Time)
    }

    /// Whether a job that waits for `key` need not: of its slots so many are used, or its window has an end.
    pub(crate) fn has_room(&self, key: &str, used: i64, opens_later: bool) -> bool {
        let slot = self.slots.iter().find(|slot| slot.key == key);
        match (slot, &self.rate) {
            (Some(slot), _) => used < i64::from(slot.limit),
            (None, Some(rate)) => rate.key == key && !opens_later,
            (None, None) => false,
        }
    }

    /// Whether a claim frees the unique key.
    pub(crate) fn frees_at_start(&self) -> bool {
        self.unique
            .as_ref()
            .is_some_and(|unique| unique.until == Held::Waiting)
    }

    /// As it is stored. It has no part that JSON cannot hold.
    pub(crate) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What cannot be read is no key: a job must not be lost for its limits.
    pub(crate) fn read(stored: Option<&str>) -> Option<Self> {
        let stored = stored?;
        match serde_json::from_str(stored) {
            Ok(keys) => Some(keys),
            Err(error) => {
                tracing::error!(%error, stored, "the keys of a job cannot be read; it runs without them");
                None
            }
        }
    }
}

/// The space of a unique key's digest, and what a job takes under it.
pub(crate) fn unique_keys(unique: &Unique, digest: impl Fn(&'static str) -> String) -> Keys {
    match Held::of(unique.until) {
        Some(until) => Keys {
            unique: Some(UniqueKey {
                key: digest("unique"),
                until,
                ttl: unique.ttl,
                on_conflict: unique.on_conflict,
            }),
            ..Keys::default()
        },
        None => Keys {
            slots: vec![SlotKey {
                key: digest("while"),
                limit: 1,
                discard: false,
                fair: false,
            }],
            ..Keys::default()
        },
    }
}

/// For callers in SQL: what a kind's jobs take, without the digest.
pub(crate) fn unique_by(name: &str, limits: &Limits) -> Option<String> {
    let unique = limits.unique.as_ref()?;
    let keys = unique_keys(unique, |_| String::new());
    let space = match keys.unique {
        Some(_) => "unique",
        None => "while",
    };
    Some(serde_json::json!({ "name": name, "space": space, "keys": keys }).to_string())
}

/// Of what a job dies whose unique key is held.
pub(crate) fn duplicate(holder: JobId) -> JobError {
    JobError::plain(
        "jobs::Duplicate",
        &format!("its unique key is held by job {holder}"),
    )
}

/// What an insert did with one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// It is there now, and was not before.
    New,
    /// A job with this id was there; nothing changed.
    Exists(KindId),
    /// Its unique key is held by this job, which may have taken its arguments or time; it was not inserted.
    Held(JobId),
    /// Its unique key is held, and it became a dead letter.
    Dead,
    /// Its unique key is in an open transaction; it was not inserted, and may be tried again.
    Busy,
}

impl Inserted {
    /// Whether there may be more to do than before.
    pub(crate) fn gives_work(self) -> bool {
        matches!(self, Self::New | Self::Held(_))
    }
}

/// What became of a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// It is resolved now.
    Now,
    /// It was resolved before, or there is no such letter or record.
    Before,
    /// Its job's unique key is held by this job: nothing changed.
    Held(JobId),
}
