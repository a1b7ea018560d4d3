//! What goes in and out of the verbs of durable steps: checkpoints, events, waits.

use std::{borrow::Cow, time::Duration};

use chrono::{DateTime, Utc};

use super::{ClaimRef, Group, GroupId, Inserted, NewJob};

/// What a checkpoint keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckpointKind {
    /// What a step returned.
    Step,
    /// The children of a flow.
    Children,
    /// When a sleep is over.
    Sleep,
    /// An event that was taken, or is awaited.
    Event,
    /// How far a cursor is.
    Cursor,
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl CheckpointKind {
    /// As it is stored.
    pub(crate) fn number(self) -> i16 {
        match self {
            Self::Step => 1,
            Self::Children => 2,
            Self::Sleep => 3,
            Self::Event => 4,
            Self::Cursor => 5,
        }
    }

    /// The reverse.
    pub(crate) fn of(number: i64) -> Option<Self> {
        [
            Self::Step,
            Self::Children,
            Self::Sleep,
            Self::Event,
            Self::Cursor,
        ]
        .into_iter()
        .find(|kind| i64::from(kind.number()) == number)
    }
}

/// One stored checkpoint of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// What it keeps.
    pub kind: CheckpointKind,
    /// What the job calls it.
    pub name: String,
    /// Of an event: how often the name was awaited before.
    pub number: u32,
    /// JSON. Of an event: an array of the value, or an empty one if its time was over; `None` while it is awaited.
    pub value: Option<String>,
    /// When a wait is over.
    pub until: Option<DateTime<Utc>>,
}

/// All checkpoints of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoints {
    /// By the database's clock.
    pub now: DateTime<Utc>,
    /// In no order.
    pub all: Vec<Checkpoint>,
}

/// A checkpoint to be written under its claim, with jobs to be enqueued in the same transaction.
#[derive(Debug, Clone)]
pub struct Settle {
    /// Whose; nothing is written if the row's claim is another.
    pub claim: ClaimRef,
    /// What it keeps; not an event.
    pub kind: CheckpointKind,
    /// What the job calls it.
    pub name: String,
    /// JSON; replaces the one that is there.
    pub value: Option<String>,
    /// How long it waits from now; what was there before stays.
    pub wait: Option<Duration>,
    /// To be enqueued.
    pub jobs: Vec<NewJob>,
    /// Groups that count these jobs.
    pub groups: Vec<Group>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// When the wait is over.
    pub until: Option<DateTime<Utc>>,
    /// One for each job, in order.
    pub inserted: Vec<Inserted>,
}

/// A request for an event.
#[derive(Debug, Clone)]
pub struct TakeEvent {
    /// Who wants it.
    pub claim: ClaimRef,
    /// Its name.
    pub name: String,
    /// How often the job has awaited this name before.
    pub number: u32,
    /// How long it waits, from the first request with this number on.
    pub within: Option<Duration>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenEvent {
    /// As a checkpoint has it.
    pub value: Option<String>,
    /// When the wait is over.
    pub until: Option<DateTime<Utc>>,
}

/// What became of an event that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// It is kept until the job asks for it.
    Kept,
    /// The job was waiting for it, and is ready in this queue.
    Woke(Cow<'static, str>),
    /// The job has ended.
    Ended,
    /// There is no such job.
    NotFound,
}

/// What a parked job waits for besides a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Awaited {
    /// An event of this name.
    Event(String),
    /// The end of these children.
    Children(GroupId),
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl Awaited {
    /// As it is stored in `waits_for`.
    pub(crate) fn stored(&self) -> String {
        match self {
            Self::Event(name) => format!("event:{name}"),
            Self::Children(group) => format!("children:{}", group.0.simple()),
        }
    }
}
