//! What goes into the verbs of operators and comes out of them.

use chrono::{DateTime, Utc};

use crate::{
    record::{JobId, State},
    storage::{GroupId, GroupRow, Keys, KindId, WorkerId},
};

/// Which jobs. Texts are found in any case, of ASCII letters at least; nothing in them is a wildcard.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// In one of these states; all if empty.
    pub states: Vec<State>,
    /// Of these kinds.
    pub kinds: Option<Vec<KindId>>,
    /// In this queue.
    pub queue: Option<String>,
    /// With this very tag.
    pub tag: Option<String>,
    /// With this text in the JSON of their arguments.
    pub args: Option<String>,
    /// With this text in the failure of any attempt.
    pub error: Option<String>,
    /// Enqueued at or after this time.
    pub since: Option<DateTime<Utc>>,
    /// Enqueued before this time.
    pub until: Option<DateTime<Utc>>,
    /// Members of this batch or stage.
    pub group: Option<GroupId>,
}

impl JobFilter {
    /// Whether jobs of a state are asked for.
    pub(crate) fn wants(&self, state: State) -> bool {
        self.states.is_empty() || self.states.contains(&state)
    }

    /// Texts that no database row of any backend holds.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_impossible(&self) -> bool {
        [&self.queue, &self.args, &self.tag, &self.error]
            .into_iter()
            .flatten()
            .any(|text| text.contains('\0'))
    }
}

/// Which batches and chains.
///
/// ```
/// # async fn doc(inspector: jobs::inspect::Inspector) -> jobs::Result<()> {
/// let open = inspector.batches(Some(jobs::inspect::Batches::Open), None, 50).await?;
/// println!("{} are under way", open.items.len());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupsIn {
    /// Those with a member that has not ended.
    Open,
    /// Those of which every member has ended.
    Ended,
    /// Those with a dead member.
    Dead,
}

impl GroupsIn {
    /// As the statements number it.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn number(self) -> i16 {
        match self {
            Self::Open => 1,
            Self::Ended => 2,
            Self::Dead => 3,
        }
    }
}

/// A page of groups.
#[derive(Debug, Clone, Default)]
pub struct GroupsPage {
    /// Newest id first.
    pub rows: Vec<GroupRow>,
    /// From where to go on; `None` if there is no more.
    pub next: Option<GroupId>,
}

/// A text as it stands inside a JSON string.
pub(crate) fn inside_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// A count, by state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Of which queue; `None` for ended jobs, which are not told apart.
    pub queue: Option<String>,
    /// Of which state.
    pub state: State,
    /// So many, or more if `more`.
    pub count: u64,
    /// The counting stopped.
    pub more: bool,
}

/// A job's name as the database knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindRow {
    /// Its number.
    pub id: KindId,
    /// Its name.
    pub name: String,
    /// The queue of its jobs.
    pub queue: String,
    /// Their priority.
    pub priority: i16,
    /// The newest payload version that was declared.
    pub version: u32,
    /// Their tags.
    pub tags: Vec<String>,
    /// The arguments that are never shown.
    pub redact: Vec<String>,
    /// It is `unique`.
    pub unique: bool,
    /// Its arguments in order; `None` if no program of this release or a newer one has declared it.
    pub args: Option<Vec<Argument>>,
}

/// As they are stored. A form that cannot be read, such as a newer release's, is as one that is not there.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn arguments(stored: Option<&str>) -> Option<Vec<Argument>> {
    serde_json::from_str(stored?).ok()
}

/// An argument of a job, as the program that has the job declared it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Argument {
    /// The name under which it is stored.
    pub name: String,
    /// Its type without paths, such as `u64` or `Option<String>`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether it has no default.
    pub required: bool,
}

/// A queue as the database knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    /// Its name.
    pub name: String,
    /// No worker takes from it.
    pub paused: bool,
    /// Who paused it, if it was said.
    pub paused_by: Option<String>,
    /// When.
    pub paused_at: Option<DateTime<Utc>>,
}

/// What an operator asks of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// To claim nothing for the time being.
    Quiet,
    /// To stop as at a signal.
    Stop,
}

impl Ask {
    /// As it is stored.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn number(self) -> i16 {
        match self {
            Self::Quiet => 1,
            Self::Stop => 2,
        }
    }

    /// The reverse; what a newer release asks is not obeyed.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn read(number: Option<i64>) -> Option<Self> {
        match number {
            Some(1) => Some(Self::Quiet),
            Some(2) => Some(Self::Stop),
            _ => None,
        }
    }
}

/// A worker process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerRow {
    /// Its instance.
    pub id: WorkerId,
    /// Host name.
    pub host: String,
    /// Process id.
    pub pid: u32,
    /// When it registered.
    pub started_at: DateTime<Utc>,
    /// Its last sign of life; on SQLite, where the system tells who lives, now if it lives.
    pub seen_at: DateTime<Utc>,
    /// The database's now.
    pub now: DateTime<Utc>,
    /// How long it may be silent, in microseconds.
    pub lease: u64,
    /// The kinds it knows, with the newest version it reads.
    pub kinds: Vec<(KindId, u32)>,
    /// Queue and how many jobs of it run at once.
    pub queues: Vec<(String, u64)>,
    /// When it stopped.
    pub stopped_at: Option<DateTime<Utc>>,
    /// When it was found dead.
    pub lost_at: Option<DateTime<Utc>>,
    /// Found silent or gone, and not yet declared lost.
    pub silent: bool,
    /// What an operator asked of it.
    pub asked: Option<Ask>,
}

/// What decides when a job starts.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Its number of a name.
    pub kind: KindId,
    /// The version of its payload.
    pub version: u32,
    /// Why it is blocked, as it is stored: 1 unknown kind, 2 unreadable, 3 unique key, 4 concurrency, 5 rate.
    pub blocked_on: Option<i64>,
    /// Until when an unreadable one waits.
    pub blocked_until: Option<DateTime<Utc>>,
    /// The key for which it is blocked.
    pub waits_for: Option<String>,
    /// All its keys.
    pub keys: Option<Keys>,
    /// Who runs it.
    pub worker: Option<WorkerId>,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Its digest.
    pub key: String,
    /// So many claims hold a slot of it.
    pub used: u64,
    /// When more of those that wait for its rate may go.
    pub opens_at: Option<DateTime<Utc>>,
    /// Jobs that hold it: the one that has the unique key, or running ones.
    pub holders: Vec<JobId>,
}

/// A dead letter, without what is long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterHead {
    /// Its number.
    pub number: i64,
    /// Its job.
    pub job: JobId,
    /// The number of the job's name.
    pub kind: KindId,
    /// The queue it died in.
    pub queue: String,
    /// The type of the error.
    pub error_type: String,
    /// The beginning of its message.
    pub message: String,
    /// When it died.
    pub died_at: DateTime<Utc>,
}

/// How an execution ended, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Well.
    Succeeded,
    /// A rule, a hook or a limit said that it need not be done.
    Discarded,
    /// In a failure, for good.
    Dead,
    /// Somebody cancelled it.
    Cancelled,
    /// In a failure, or not ready: it is tried again.
    Retried,
    /// Its worker died.
    Crashed,
}

impl Outcome {
    /// As it is stored.
    pub(crate) fn number(self) -> i16 {
        self as i16
    }

    /// The reverse.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn read(number: i64) -> Option<Self> {
        [
            Self::Succeeded,
            Self::Discarded,
            Self::Dead,
            Self::Cancelled,
            Self::Retried,
            Self::Crashed,
        ]
        .into_iter()
        .find(|outcome| i64::from(outcome.number()) == number)
    }
}

/// How long a span counts of executions are kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// For two days.
    Minute,
    /// For ninety days.
    Hour,
}

impl Span {
    /// In seconds.
    pub(crate) fn seconds(self) -> i32 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
        }
    }
}

/// So many executions that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatCount {
    /// Of which kind.
    pub kind: KindId,
    /// How.
    pub outcome: Outcome,
    /// So many.
    pub count: u64,
    /// How long they ran, together, in microseconds.
    pub micros: u64,
}

/// So many executions ended within a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatRow {
    /// The beginning of the minute or hour.
    pub at: DateTime<Utc>,
    /// How they ended.
    pub outcome: Outcome,
    /// So many.
    pub count: u64,
    /// How long they ran, together, in microseconds.
    pub micros: u64,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditNote {
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// More about it.
    pub detail: String,
}

/// What somebody did, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Counts up.
    pub number: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did what.
    pub note: AuditNote,
}

/// What a look at a database shows.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// The version of its tables.
    pub schema: i64,
    /// The version that this code knows.
    pub schema_known: i64,
    /// Its clock.
    pub now: DateTime<Utc>,
    /// What it says of itself: name and value.
    pub facts: Vec<(String, String)>,
    /// Indexes of ours that are not there or not valid.
    pub missing_indexes: Vec<String>,
}
