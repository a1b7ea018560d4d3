//! How an execution can fail: the error types of the runtime itself, and [`JobError`], a failure as it is kept.

mod kept;

use std::{fmt, time::Duration};

pub use kept::JobError;
pub(crate) use kept::cut;

/// Where the runtime's own errors are for the compiler; for users they are at the root.
const HERE: &str = concat!(module_path!(), "::");

/// The job panicked. Rules can match it: `retry_on(jobs::Panicked)`.
///
/// ```
/// use jobs::job;
/// # jobs::queues! { default }
///
/// #[job(retry_on(jobs::Panicked, wait = "10s", attempts = 2))]
/// async fn fragile() {}
/// # fn main() {}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("panicked: {message}")]
pub struct Panicked {
    /// The panic's message.
    pub message: String,
}

/// The execution took longer than `timeout = "…"`. Rules can match it.
///
/// ```
/// use jobs::job;
/// # jobs::queues! { default }
///
/// #[job(timeout = "30s", retry_on(jobs::TimedOut, attempts = 3))]
/// async fn slow() {}
/// # fn main() {}
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("timed out after {limit:?}")]
pub struct TimedOut {
    /// The limit.
    pub limit: Duration,
}

/// The job's worker died while it ran, too often or with `on_crash = "dead"`.
///
/// ```
/// use jobs::job;
/// # jobs::queues! { default }
///
/// // Rather not at all than twice.
/// #[job(discard_on(jobs::WorkerLost))]
/// async fn delicate() {}
/// # fn main() {}
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its worker died while it ran ({crashes} times so far)")]
pub struct WorkerLost {
    /// How many workers it has outlived.
    pub crashes: u32,
}

/// The stored arguments cannot be read by this code.
///
/// A newer version or a missing argument waits an hour for newer code first.
///
/// ```
/// use jobs::job;
/// # jobs::queues! { default }
///
/// #[job(discard_on(jobs::DeserializationError))]
/// async fn greet(name: String) {
///     println!("hello {name}");
/// }
/// # fn main() {}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DeserializationError {
    message: String,
    missing: bool,
}

impl DeserializationError {
    pub(crate) fn missing(argument: &str) -> Self {
        Self {
            message: format!(
                "the argument `{argument}` is missing from the stored payload; give it `#[arg(default)]` to read older rows"
            ),
            missing: true,
        }
    }

    pub(crate) fn wrong(argument: &str, error: &serde_json::Error) -> Self {
        Self {
            message: format!("the argument `{argument}` cannot be read: {error}"),
            missing: false,
        }
    }

    pub(crate) fn not_an_object(error: &serde_json::Error) -> Self {
        Self {
            message: format!("the payload is not a JSON object: {error}"),
            missing: false,
        }
    }

    pub(crate) fn newer(found: u32, known: u32) -> Self {
        Self {
            message: format!(
                "the payload has version {found}, this code knows {known}; deploy the newer code"
            ),
            missing: true,
        }
    }

    pub(crate) fn upcast(from: u32, error: &dyn fmt::Display) -> Self {
        Self {
            message: format!("the payload of version {from} could not be upcast: {error}"),
            missing: false,
        }
    }

    /// Whether newer code may be able to read it: a missing argument or a newer version.
    ///
    /// ```
    /// # fn show(error: &jobs::DeserializationError) {
    /// if error.is_missing() {
    ///     println!("deploy the newer code: {error}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.missing
    }
}

/// A run that a checkpoint ended: a name was used twice, what is stored cannot be read, or the database failed. The
/// function does not see it: it is dropped where it waits. Rules can match it.
///
/// ```
/// use jobs::{Flow, job};
/// # jobs::queues! { default }
///
/// #[job(retry_on(jobs::FlowError, wait = "10s", attempts = 10))]
/// async fn onboard(user_id: i64, #[flow] flow: &mut Flow) -> Result<(), String> {
///     flow.step("charge", async || Ok::<_, String>(())).await
/// }
/// # fn main() {}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FlowError {
    name: String,
    message: String,
}

impl FlowError {
    pub(crate) fn new(name: &str, message: String) -> Self {
        Self {
            name: name.to_owned(),
            message,
        }
    }

    pub(crate) fn twice(name: &str) -> Self {
        let message = format!(
            "the checkpoint `{name}` was used twice in one run: give each step, `run_all` and sleep a name of its own, in a loop with its number"
        );
        Self::new(name, message)
    }

    pub(crate) fn bad_name(name: &str) -> Self {
        let message = format!(
            "a checkpoint's name has 1 to 120 bytes and no NUL, this one has {}",
            name.len()
        );
        Self::new(name, message)
    }

    pub(crate) fn unreadable(name: &str, wanted: &str, error: &serde_json::Error) -> Self {
        let message = format!(
            "what the checkpoint `{name}` stored cannot be read as `{wanted}`: {error}; use another name for a value of another type"
        );
        Self::new(name, message)
    }

    pub(crate) fn unwritable(name: &str, error: &dyn fmt::Display) -> Self {
        Self::new(
            name,
            format!("the checkpoint `{name}` could not be stored: {error}"),
        )
    }

    pub(crate) fn unread(error: &dyn fmt::Display) -> Self {
        Self::new("", format!("the checkpoints could not be read: {error}"))
    }

    pub(crate) fn nowhere(name: &str) -> Self {
        let message = format!(
            "the event `{name}` cannot come to a job that was called with `perform_now`: enqueue it"
        );
        Self::new(name, message)
    }

    pub(crate) fn childless(name: &str) -> Self {
        let message = format!(
            "the children of `{name}` cannot be awaited by a job that was called with `perform_now`: enqueue it"
        );
        Self::new(name, message)
    }

    pub(crate) fn children_gone(name: &str) -> Self {
        let message = format!(
            "the database has not all children of `{name}`: was it edited by hand? Use another name to run them anew"
        );
        Self::new(name, message)
    }

    /// The checkpoint's name; empty if it was none in particular.
    ///
    /// ```
    /// # fn show(error: &jobs::FlowError) {
    /// println!("{}: {error}", error.checkpoint());
    /// # }
    /// ```
    #[must_use]
    pub fn checkpoint(&self) -> &str {
        &self.name
    }
}

/// Ends this execution without a failure and runs the job again after a while; the attempt is counted.
///
/// ```
/// # use std::time::Duration;
/// fn poll(done: bool) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
///     if !done {
///         return Err(jobs::RetryIn(Duration::from_secs(60)).into());
///     }
///     Ok(())
/// }
/// # assert!(poll(false).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("to be retried in {0:?}")]
pub struct RetryIn(pub Duration);

/// Ends the job as `discarded`, without a dead letter, from anywhere in the source chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("discarded: {why}")]
pub struct Discard {
    /// The reason, kept with the record.
    pub why: String,
}

/// Makes a [`Discard`](struct@Discard).
///
/// ```
/// fn find(user: Option<u64>) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
///     user.ok_or_else(|| jobs::Discard("the user is gone").into())
/// }
/// # assert!(find(None).is_err());
/// ```
#[allow(non_snake_case, reason = "reads as the constructor that it is")]
pub fn Discard(why: impl Into<String>) -> Discard {
    Discard { why: why.into() }
}

/// Ends the job as a dead letter at once, from anywhere in the source chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("declared dead: {why}")]
pub struct Dead {
    /// The reason, kept with the record.
    pub why: String,
}

/// Makes a [`Dead`](struct@Dead).
///
/// ```
/// let error = jobs::Dead("the account is closed");
/// assert_eq!(error.to_string(), "declared dead: the account is closed");
/// ```
#[allow(non_snake_case, reason = "reads as the constructor that it is")]
pub fn Dead(why: impl Into<String>) -> Dead {
    Dead { why: why.into() }
}

/// Why a job's function could not be called.
#[derive(Debug, thiserror::Error)]
pub enum Unready {
    /// Its arguments cannot be read.
    #[error(transparent)]
    Arguments(#[from] DeserializationError),
    /// It takes a transaction that the handle's backend does not have.
    #[error("`{job}` takes `#[tx] {param}` of another backend than the handle's")]
    Transaction {
        /// The job's name.
        job: &'static str,
        /// The parameter.
        param: &'static str,
    },
    /// An injected value is missing.
    #[error(
        "`{job}` needs `#[state] {param}: &{type_name}`, which was given neither to the handle nor to the worker"
    )]
    State {
        /// The job's name.
        job: &'static str,
        /// The parameter.
        param: &'static str,
        /// The type.
        type_name: &'static str,
    },
}
