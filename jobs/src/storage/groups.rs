//! Groups as the storage verbs see them: jobs that are awaited together. Pure data.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{KindId, NewJob, RunAt, keys::Keys};
use crate::record::{JobId, State};

/// A group of jobs or of other groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(pub Uuid);

impl GroupId {
    /// A new one, in the order of time.
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl Default for GroupId {
    fn default() -> Self {
        Self::new()
    }
}

/// What a group is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupKind {
    /// Any number of jobs and inner batches, with jobs to enqueue at its turning points.
    Batch,
    /// Stages, one after the other.
    Chain,
    /// The jobs of a chain that run at the same time.
    Stage,
    /// What a flow awaits; its parent is that job.
    Children,
}

impl GroupKind {
    /// As it is stored.
    pub(crate) fn number(self) -> i16 {
        match self {
            Self::Batch => 1,
            Self::Chain => 2,
            Self::Stage => 3,
            Self::Children => 4,
        }
    }

    /// The reverse.
    pub(crate) fn of(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Batch),
            2 => Some(Self::Chain),
            3 => Some(Self::Stage),
            4 => Some(Self::Children),
            _ => None,
        }
    }
}

/// How many members stand where. Also a change of these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All.
    pub total: i64,
    /// Those that have not ended.
    pub open: i64,
    /// Those that succeeded.
    pub succeeded: i64,
    /// Those that were discarded.
    pub discarded: i64,
    /// Those that are dead.
    pub dead: i64,
    /// Those that were cancelled.
    pub cancelled: i64,
}

impl Counts {
    /// The number of members in a state; `None` is open.
    pub(crate) fn of(&mut self, state: Option<State>) -> &mut i64 {
        match state {
            Some(State::Succeeded) => &mut self.succeeded,
            Some(State::Discarded) => &mut self.discarded,
            Some(State::Dead) => &mut self.dead,
            Some(State::Cancelled) => &mut self.cancelled,
            _ => &mut self.open,
        }
    }

    /// One member goes from one state to another.
    pub(crate) fn shift(&mut self, from: Option<State>, to: Option<State>) {
        *self.of(from) -= 1;
        *self.of(to) += 1;
    }

    /// So many new members.
    pub(crate) fn grow(&mut self, by: i64) {
        self.total += by;
        self.open += by;
    }
}

/// The turning points that a group has passed, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passed(pub i16);

impl Passed {
    /// Its turn has come: a stage whose chain has not reached it has not begun.
    pub const BEGUN: Self = Self(1);
    /// A member has died.
    pub const DEATH: Self = Self(2);
    /// No member was open.
    pub const COMPLETE: Self = Self(4);
    /// All had ended well.
    pub const SUCCESS: Self = Self(8);
    /// It was cancelled, or its chain was given up for it.
    pub const GIVEN_UP: Self = Self(16);

    /// Whether it has passed this one.
    #[must_use]
    pub fn has(self, point: Self) -> bool {
        self.0 & point.0 != 0
    }

    /// Passes it; false if that was so before.
    pub(crate) fn pass(&mut self, point: Self) -> bool {
        let before = self.has(point);
        self.0 |= point.0;
        !before
    }
}

/// The jobs to enqueue at a batch's turning points.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Callbacks {
    /// When all have ended well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<StoredJob>,
    /// At the first death.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub death: Option<StoredJob>,
    /// When none is open for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<StoredJob>,
}

/// A job that is inserted later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredJob {
    id: JobId,
    kind: i32,
    version: u32,
    queue: String,
    priority: i16,
    args: String,
    tags: Vec<String>,
    keys: Option<Keys>,
}

impl StoredJob {
    pub(crate) fn id(&self) -> JobId {
        self.id
    }

    pub(crate) fn kind(&self) -> KindId {
        KindId(self.kind)
    }

    pub(crate) fn queue(&self) -> &str {
        &self.queue
    }
}

impl From<NewJob> for StoredJob {
    fn from(job: NewJob) -> Self {
        Self {
            id: job.id,
            kind: job.kind.0,
            version: job.version,
            queue: job.queue.into_owned(),
            priority: job.priority,
            args: job.args,
            tags: job.tags.into_iter().map(Into::into).collect(),
            keys: job.keys.map(|keys| *keys),
        }
    }
}

impl From<StoredJob> for NewJob {
    fn from(job: StoredJob) -> Self {
        Self {
            id: job.id,
            kind: KindId(job.kind),
            version: job.version,
            queue: job.queue.into(),
            priority: job.priority,
            run_at: RunAt::Now,
            args: job.args,
            tags: job.tags.into_iter().map(Into::into).collect(),
            may_exist: false,
            keys: job.keys.map(Box::new),
            member: None,
            trace: None,
        }
    }
}

/// A group as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Which.
    pub id: GroupId,
    /// What it is for.
    pub kind: GroupKind,
    /// The group that counts this one; for children the flow's job.
    pub parent: Option<Uuid>,
    /// Which stage of its chain it is.
    pub place: i32,
    /// For people.
    pub name: Option<String>,
    /// Its output is a list, also of one.
    pub listed: bool,
    /// Its members.
    pub counts: Counts,
    /// As what its parent counts it; `None` is open.
    pub counted: Option<State>,
    /// Its turning points.
    pub passed: Passed,
    /// What a batch enqueues at them.
    pub callbacks: Callbacks,
}

/// The place of a new job in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The group that counts it.
    pub group: GroupId,
    /// Its place in the list that is kept of members; `None` in a batch, which keeps none.
    pub place: Option<i32>,
    /// The argument that the output of the stage before fills.
    pub input: Option<&'static str>,
    /// It waits for the stage before it.
    pub waits: bool,
}

/// Groups and jobs that are inserted together.
#[derive(Debug, Clone, Default)]
pub struct NewWork {
    /// New groups, the outer ones first. Their counts are made from what is inserted.
    pub groups: Vec<Group>,
    /// Their members, or those of the group that grows.
    pub jobs: Vec<NewJob>,
    /// A batch that is there already and gets jobs or inner batches.
    pub grows: Option<GroupId>,
}

/// What cancelling a group did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupCancelled {
    /// So many jobs waited and have ended; if it is the limit, there may be more.
    pub ended: Vec<JobId>,
    /// Running ones were asked.
    pub asked: u64,
}

/// A group and what is below it, for people.
#[derive(Debug, Clone)]
pub struct GroupRow {
    /// The group.
    pub group: Group,
    /// When it was made.
    pub created_at: chrono::DateTime<chrono::Utc>,
    /// When no member was open for the last time; `None` while one is.
    pub ended_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// A job in a group, for people.
#[derive(Debug, Clone)]
pub struct MemberRow {
    /// The group.
    pub group: GroupId,
    /// Its place, where members are listed.
    pub place: Option<i32>,
    /// The job.
    pub job: JobId,
}

/// A tree of groups with the jobs in it, for people.
#[derive(Debug, Clone)]
pub struct GroupTree {
    /// The root first.
    pub groups: Vec<GroupRow>,
    /// Of large groups only the first ones.
    pub members: Vec<MemberRow>,
    /// What is kept of these jobs.
    pub rows: Vec<super::Row>,
}

/// A member of a stage, as the list of members has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageMember {
    /// The job.
    pub job: JobId,
    /// `None` while it has not ended.
    pub state: Option<State>,
    /// JSON.
    pub output: Option<String>,
}

/// What a stage hands on: the output of its job, or the list of its jobs' outputs.
pub(crate) fn joined(outputs: &[Option<String>], listed: bool) -> String {
    let mut texts = outputs
        .iter()
        .map(|output| output.as_deref().unwrap_or("null"));
    if listed {
        let all: Vec<&str> = texts.collect();
        return format!("[{}]", all.join(","));
    }
    texts.next().unwrap_or("null").to_owned()
}
