//! [`Error`]: what the crate's own calls can fail with. Each text names what is wrong and what to do.

mod class;
#[cfg(feature = "config")]
mod config;

use std::error::Error as StdError;

#[cfg(feature = "config")]
pub(crate) use config::Excerpt;
#[cfg(feature = "config")]
pub use config::{ConfigError, ConfigProblem};

use crate::{definition::Location, failure::JobError, record::JobId};

/// Any error that may cross threads; what a job's error converts into.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// The result of the crate's own calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong outside of a job's own function.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let error = jobs::Jobs::connect("redis://localhost").await.unwrap_err();
/// assert!(matches!(error, jobs::Error::UnknownScheme { .. }));
/// assert!(error.to_string().contains("use `sqlite://path`"));
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No handle was installed, and the call is not inside a job.
    #[error(
        "no `Jobs` handle is installed: call `jobs.install()?` after `connect()`, or name one with `.on(&jobs)`"
    )]
    NotInstalled,
    /// A task of a test lost the test's handle.
    #[cfg(feature = "testing")]
    #[error(
        "this task has lost the test's `Jobs` handle, and a test does not use the installed one: start the task with `jobs::spawn` instead of `tokio::spawn`, or name a handle with `.on(&t.jobs())`"
    )]
    OutsideTest,
    /// `install` was called before.
    #[error(
        "a `Jobs` handle is installed already: install one per process, and use `jobs::with(&jobs, …)` or `.on(&jobs)` for others"
    )]
    AlreadyInstalled,
    /// The URL's scheme names no backend.
    #[error(
        "unknown database scheme `{scheme}`: use `sqlite://path`, `sqlite::memory:` or `postgres://user@host/database`"
    )]
    UnknownScheme {
        /// The part before the colon.
        scheme: String,
    },
    /// The URL cannot be read. The URL itself is not shown, for it may hold a password.
    #[error("the database URL cannot be read: {reason}")]
    InvalidUrl {
        /// What is wrong with it.
        reason: String,
    },
    /// The backend is not part of this build.
    #[error(
        "this build has no `{feature}` backend: add `features = [\"{feature}\"]` to `jobs` in Cargo.toml"
    )]
    FeatureDisabled {
        /// The cargo feature.
        feature: &'static str,
    },
    /// A setting cannot be used.
    #[error("`{setting}` cannot be {value:?}: {reason}")]
    InvalidSetting {
        /// The builder's method.
        setting: &'static str,
        /// What it was given.
        value: String,
        /// What it takes.
        reason: &'static str,
    },
    /// A file of settings cannot be used.
    #[cfg(feature = "config")]
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database could not be reached.
    #[error(
        "cannot reach the database at {place}: {source}; check that it runs and that host, port and network are right"
    )]
    Unreachable {
        /// Host and port, or file; never the password.
        place: String,
        /// What the driver said.
        source: sqlx::Error,
    },
    /// The database refused the credentials.
    #[error(
        "the database at {place} refused user `{user}`: {source}; check user name and password"
    )]
    AccessDenied {
        /// Host and port.
        place: String,
        /// The user name.
        user: String,
        /// What the driver said.
        source: sqlx::Error,
    },
    /// The database cannot be written.
    #[error(
        "the database {place} cannot be written: {source}; check the permissions of the file and its folder, or the role's rights"
    )]
    ReadOnly {
        /// File or server.
        place: String,
        /// What the driver said.
        source: sqlx::Error,
    },
    /// The file is on a network file system, where SQLite's locks do not hold.
    #[error(
        "`{place}` is on a network file system ({kind}), where SQLite's locks do not hold: use a local disk, or Postgres"
    )]
    NetworkFileSystem {
        /// The file.
        place: String,
        /// The file system's name.
        kind: String,
    },
    /// The file of a SQLite database was deleted, moved or replaced while it was open.
    #[error(
        "the database file {place} was deleted or replaced while it was open, so nothing is stored any more: put it back, or connect anew"
    )]
    FileGone {
        /// The file.
        place: String,
    },
    /// A newer release has migrated this database.
    #[error(
        "the schema has version {found}, this code knows {known}: deploy a newer `jobs`, or restore an older database"
    )]
    NewerSchema {
        /// The version found.
        found: i64,
        /// The newest that this code knows.
        known: i64,
    },
    /// The schema is older than this code and the handle was told not to migrate.
    #[error(
        "the schema has version {found}, this code needs {needed}: run `jobs migrate`, or leave out `.migrate(false)`"
    )]
    NotMigrated {
        /// The version found; 0 if there is none.
        found: i64,
        /// The version that this code needs.
        needed: i64,
    },
    /// Two jobs have one name.
    #[error("two jobs are named `{name}`: {first} and {second}; give one of them `name = \"…\"`")]
    DuplicateName {
        /// The name or alias.
        name: String,
        /// Where one is.
        first: Location,
        /// Where the other is.
        second: Location,
    },
    /// The job is not among those that are linked into this program.
    #[error(
        "the job `{job}` is not registered: link its crate with `jobs::link!(…)`, or name it with `.register::<…>()` on the builder"
    )]
    NotRegistered {
        /// The job.
        job: &'static str,
    },
    /// One queue name has two meanings.
    #[error(
        "the queue `{name}` is declared differently at {first} and {second}: declare it once and re-export the module"
    )]
    QueueConflict {
        /// The queue's name.
        name: String,
        /// Where one is.
        first: Location,
        /// Where the other is.
        second: Location,
    },
    /// A schedule or a time zone cannot be read, or the schedule never fires.
    #[error("`{text}` is no schedule: {reason}")]
    InvalidSchedule {
        /// What was given.
        text: String,
        /// What is wrong with it, and what to write.
        reason: String,
    },
    /// There is no recurring task of this name.
    #[error("there is no recurring task `{name}`: it was removed, or never declared here")]
    NoTask {
        /// The name.
        name: String,
    },
    /// This program has no job of this name.
    #[error("this program has no job named `{name}`: link its crate")]
    UnknownJob {
        /// The stored name.
        name: String,
    },
    /// Code or the file of settings declares the recurring task, so that a call can neither replace nor remove it.
    #[error(
        "code or the file of settings declares the recurring task `{name}`: pause it, or take it from there"
    )]
    TaskInCode {
        /// The name.
        name: String,
    },
    /// A worker lacks a value that a job takes with `#[state]`.
    #[error(
        "`{job}` needs `#[state] {param}: &{type_name}`: give it to the handle or the worker with `.state(…)` or `.state_dyn(…)`"
    )]
    MissingState {
        /// The job.
        job: &'static str,
        /// The parameter.
        param: &'static str,
        /// The type behind the reference.
        type_name: &'static str,
    },
    /// A value is larger than its limit.
    #[error(
        "{what} of `{job}` is {size} bytes, the limit is {limit}: store the data elsewhere and pass a key, or raise the limit on the builder"
    )]
    TooLarge {
        /// Which value.
        what: &'static str,
        /// The job's name.
        job: String,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A job has more tags than its limit.
    #[error("`{job}` has {count} tags, the limit is {limit}: leave some out")]
    TooManyTags {
        /// The job's name.
        job: &'static str,
        /// How many it has.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// An argument has no JSON form.
    #[error("the argument `{argument}` of `{job}` cannot be stored as JSON: {source}")]
    Encode {
        /// The job.
        job: &'static str,
        /// The argument.
        argument: &'static str,
        /// What its `Serialize` said.
        source: serde_json::Error,
    },
    /// A tag cannot be stored.
    #[error("the tag {tag:?} of `{job}` cannot be stored: {reason}")]
    InvalidTag {
        /// The job.
        job: &'static str,
        /// The tag.
        tag: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A `before_enqueue` hook refused the job.
    #[error("the enqueue was halted by `{by}`{}", because(.reason))]
    Halted {
        /// The hook's name.
        by: String,
        /// What it said.
        reason: Option<String>,
    },
    /// The job was not stored, and an `around_enqueue` hook said `Ok` all the same.
    #[error(
        "the job was not stored: {error}; `{by}` hid that: let `around_enqueue` hooks return what `next.run()` gives"
    )]
    NotStored {
        /// The hook's name.
        by: String,
        /// What the storage said.
        error: String,
        /// Whether the same call may succeed a little later.
        transient: bool,
    },
    /// The id given with `.id(…)` belongs to a job of another kind.
    #[error("the id {id} belongs to a `{existing}`: give each kind of job ids of its own")]
    IdTaken {
        /// The id.
        id: JobId,
        /// The existing job's name.
        existing: String,
    },
    /// Its unique key is held: `on_conflict = "error"`, or a dead letter's retry while another job has the key.
    #[error(
        "the unique key of `{job}` is held by job {holder}: wait until that one has ended, or choose another `on_conflict`"
    )]
    Duplicate {
        /// The job's name.
        job: String,
        /// Who holds the key.
        holder: JobId,
    },
    /// A job could not be enqueued by its name alone.
    #[error("`{job}` cannot be enqueued by name: {reason}")]
    NotByName {
        /// The name.
        job: String,
        /// Why not.
        reason: String,
    },
    /// A transaction of one backend was given to a handle of another.
    #[error(
        "the transaction is of {transaction}, the handle of {handle}: use a handle that is connected to the transaction's database"
    )]
    WrongBackend {
        /// The transaction's backend.
        transaction: &'static str,
        /// The handle's backend.
        handle: &'static str,
    },
    /// A `#[tx]` job holds the only writer of a SQLite database, so that an enqueue beside its transaction would wait
    /// for the job itself.
    #[error(
        "a `#[tx]` job holds SQLite's only writer, so that this would wait for the job itself: enqueue with `.in_transaction(tx)`"
    )]
    InsideTransaction,
    /// A job takes a transaction of another backend than the handle's; `source` says which they are.
    #[error("`{job}` takes `#[tx] {param}`: {source}")]
    #[allow(missing_docs)]
    JobTransaction {
        job: &'static str,
        param: &'static str,
        source: Box<Error>,
    },
    /// The job ended as a dead letter.
    #[error("job {id} is dead: {}: {}", .error.type_name(), .error.message())]
    JobDead {
        /// The job.
        id: JobId,
        /// What killed it.
        error: Box<JobError>,
    },
    /// The job was discarded.
    #[error("job {id} was discarded{}", because(.reason))]
    JobDiscarded {
        /// The job.
        id: JobId,
        /// Why.
        reason: Option<String>,
    },
    /// The job was cancelled.
    #[error("job {id} was cancelled")]
    JobCancelled {
        /// The job.
        id: JobId,
    },
    /// There is no record of the job: it never was, or its retention is over.
    #[error("there is no record of job {id}: it was never enqueued here, or its `retain` is over")]
    NotFound {
        /// The job.
        id: JobId,
    },
    /// A job before this one in its chain is dead, so this one does not begin unless that one's letter is retried.
    #[error(
        "job {id} waits for `{job}` ({link}), which is dead: {}: {}; retry that one's dead letter to go on", .error.type_name(), .error.message()
    )]
    ChainStopped {
        /// The job that waits.
        id: JobId,
        /// The dead job.
        link: JobId,
        /// Its name.
        job: String,
        /// What killed it.
        error: Box<JobError>,
    },
    /// There is no such batch: it never was, or its retention is over.
    #[error("there is no batch {id}: it was never enqueued here, or it ended long ago")]
    BatchNotFound {
        /// The batch.
        id: uuid::Uuid,
    },
    /// A batch that was cancelled takes no more jobs.
    #[error("batch {id} was cancelled, so it takes no more jobs: begin a new one")]
    BatchCancelled {
        /// The batch.
        id: uuid::Uuid,
    },
    /// A batch is complete, and not all of it ended well.
    #[error(
        "batch {id} is complete, and {dead} of its members are dead and {cancelled} were cancelled"
    )]
    BatchFailed {
        /// The batch.
        id: uuid::Uuid,
        /// So many died.
        dead: u64,
        /// So many were cancelled.
        cancelled: u64,
    },
    /// The job has ended, so that it takes no event any more.
    #[error("job {id} has ended: no event reaches it any more")]
    Ended {
        /// The job.
        id: JobId,
    },
    /// An event cannot be stored.
    #[error("the event `{name}` cannot be sent: {reason}")]
    InvalidEvent {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The stored output is not what the handle's type says.
    #[error("the output of job {id} cannot be read as `{expected}`: {source}")]
    Output {
        /// The job.
        id: JobId,
        /// The handle's type.
        expected: &'static str,
        /// What its `Deserialize` said.
        source: serde_json::Error,
    },
    /// The wait was longer than the caller allowed.
    #[error("job {id} has not ended within {limit:?}")]
    NotYet {
        /// The job.
        id: JobId,
        /// The caller's limit.
        limit: std::time::Duration,
    },
    /// Waiting for another job inside a job would hold its slot and can deadlock the pool.
    #[error(
        "`{call}` inside a job would hold its worker slot while it waits: let a flow wait with `flow.run_all`, or let this job enqueue what comes next"
    )]
    WaitInsideJob {
        /// The refused call.
        call: &'static str,
    },
    /// A worker could not stop in time because a `blocking` job did not return.
    #[error(
        "{running} blocking jobs did not return within the shutdown timeout; their leases hand them over"
    )]
    StillRunning {
        /// How many.
        running: usize,
    },
    /// A call of the database panicked; other calls go on.
    #[error(
        "a call of the database panicked: {message}; this is a bug of this crate or of its driver: please report it"
    )]
    StoragePanicked {
        /// The panic's message.
        message: String,
    },
    /// A part of a worker ended by a panic, which is a bug of this crate. The worker has stopped; its jobs are taken
    /// over by others.
    #[error(
        "the worker's pool `{pool}` ended by a panic; the worker has stopped: start another one"
    )]
    PoolFailed {
        /// The pool.
        pool: String,
    },
    /// The handle was closed.
    #[error("the `Jobs` handle is closed: connect a new one")]
    Closed,
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The operating system failed.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A stored row cannot be understood: it was changed by something else than this crate.
    #[error("a stored row is damaged: {what}")]
    Damaged {
        /// What cannot be understood.
        what: String,
    },
}

fn because(reason: &Option<String>) -> String {
    reason
        .as_ref()
        .map(|why| format!(": {why}"))
        .unwrap_or_default()
}
