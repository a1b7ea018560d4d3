//! Recurring tasks as the storage keeps them.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{KindId, NewJob};
use crate::definition::CatchUp;

/// A task as it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDecl {
    /// Its name; one row each.
    pub name: String,
    /// The kind of its jobs.
    pub kind: KindId,
    /// The version of the payload.
    pub version: u32,
    /// One JSON object.
    pub args: String,
    /// As `Schedule::parse` reads it; opaque here.
    pub schedule: String,
    /// The time zone's name; opaque here.
    pub zone: String,
    /// For people.
    pub description: Option<String>,
    /// What becomes of missed ticks; opaque here.
    pub catch_up: CatchUp,
    /// The queue of its jobs, if not their own.
    pub queue: Option<String>,
    /// The priority of its jobs, if not their own.
    pub priority: Option<i16>,
}

/// Who declares a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declarer {
    /// Code that only connects: what is there stays as it is.
    Handle,
    /// A worker that starts: its code's word holds.
    Worker,
    /// A call at run time: it takes no task from code.
    Caller,
}

/// A stored task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// As it was declared.
    pub decl: TaskDecl,
    /// The name of its kind.
    pub job: String,
    /// Declared by a call, not by code.
    pub dynamic: bool,
    /// Stopped by an operator.
    pub paused: bool,
    /// Ticks up to and with this time are settled. When it is declared, edited or resumed: that moment.
    pub base: DateTime<Utc>,
    /// The time of the last tick that was enqueued.
    pub last_tick: Option<DateTime<Utc>>,
    /// The time of the next one; not after `base` if nobody has computed it yet.
    pub next_tick: DateTime<Utc>,
}

/// What is due.
#[derive(Debug, Clone)]
pub struct DueTasks {
    /// The time by which it was judged.
    pub now: DateTime<Utc>,
    /// The tasks, those that have waited longest first.
    pub tasks: Vec<Task>,
    /// How long until the next task is due.
    pub next_in: Option<Duration>,
}

/// The settling of a task's ticks up to a time.
#[derive(Debug, Clone)]
pub struct Tick {
    /// The task.
    pub name: String,
    /// The `base` that was seen: nothing happens if it is another one by now.
    pub seen: DateTime<Utc>,
    /// The `base` from now on, not earlier.
    pub base: DateTime<Utc>,
    /// When the next one is.
    pub next_tick: DateTime<Utc>,
    /// The time of the last tick that `jobs` are for.
    pub ticked: Option<DateTime<Utc>>,
    /// What is enqueued in the same transaction.
    pub jobs: Vec<NewJob>,
}

/// What an operator does to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskChange {
    /// No tick until it is resumed.
    Pause,
    /// Ticks again, from now.
    Resume,
    /// It goes.
    Remove,
}

/// `catch_up` as it is stored.
pub(crate) fn catch_up_number(catch_up: CatchUp) -> i16 {
    match catch_up {
        CatchUp::One => 0,
        CatchUp::All => 1,
        CatchUp::None => 2,
    }
}

/// The reverse of [`catch_up_number`].
pub(crate) fn catch_up(number: i64) -> CatchUp {
    match number {
        1 => CatchUp::All,
        2 => CatchUp::None,
        _ => CatchUp::One,
    }
}
