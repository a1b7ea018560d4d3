//! How an execution can fail: the error types of the runtime itself, and [`JobError`], a failure as it is kept.

use std::{error::Error as StdError, fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    definition::{ErrorView, chain},
    panics::catch,
};

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

/// A failure as it is kept: type, message, source chain, backtrace; valid UTF-8, no NUL.
///
/// A text of more than 64 KiB, and a chain of more than 64 links or 64 KiB, are cut, with a mark at the end.
///
/// ```
/// # fn show(error: &jobs::JobError) {
/// println!("{}: {}", error.type_name(), error.message());
/// for cause in error.chain() {
///     println!("  caused by {cause}");
/// }
/// println!("{}", error.backtrace().unwrap_or("(no backtrace)"));
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    #[serde(rename = "type")]
    type_name: String,
    message: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    chain: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backtrace: Option<String>,
}

impl JobError {
    /// The name of the error's type with its path, as the compiler prints it; `jobs::TimedOut` and the like for this
    /// crate's own.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// Its `Display` text.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The `Display` texts of its sources, outermost first; the error itself is not among them.
    #[must_use]
    pub fn chain(&self) -> &[String] {
        &self.chain
    }

    /// The backtrace, where the error carried one.
    #[must_use]
    pub fn backtrace(&self) -> Option<&str> {
        self.backtrace.as_deref()
    }
}

/// The message alone.
impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The longest text of one error that is kept.
const LONGEST_TEXT: usize = 64 * 1024;
/// Stands last in a chain of which the rest is left out.
const CHAIN_CUT: &str = "… [cut: the chain of causes goes on]";

impl JobError {
    /// Of one of the runtime's own errors, whose `Display` is known to behave.
    pub(crate) fn of<E: StdError + 'static>(error: &E) -> Self {
        Self::plain(std::any::type_name::<E>(), &error.to_string())
    }

    /// Of a name and a text.
    pub(crate) fn plain(type_name: &str, message: &str) -> Self {
        Self {
            type_name: reached(type_name),
            message: clean(message),
            chain: Vec::new(),
            backtrace: None,
        }
    }

    /// Of what a function returned, seen by reference. Never panics, whatever the error's `Display` does.
    pub(crate) fn seen(type_name: &str, view: &ErrorView<'_>) -> Self {
        match view {
            ErrorView::Error(head, debug) => {
                let links: Vec<_> = chain(*head).collect();
                let mut texts = links.iter().map(|link| clean(&display(*link)));
                let message = texts.next().unwrap_or_default();
                let goes_on = |last: &&(dyn StdError + 'static)| {
                    // A `source()` that panics has none.
                    catch(|| last.source().is_some()).unwrap_or(false)
                };
                let mut cut = links.last().is_some_and(goes_on);
                let mut chain = Vec::new();
                let mut room = LONGEST_TEXT;
                for text in texts {
                    if text.len() >= room {
                        cut = true;
                        break;
                    }
                    room -= text.len();
                    chain.push(text);
                }
                if cut {
                    chain.push(CHAIN_CUT.to_owned());
                }
                let backtrace = debug.as_deref().and_then(backtrace_of);
                Self {
                    type_name: reached(type_name),
                    message,
                    chain,
                    backtrace,
                }
            }
            ErrorView::Text(text) => Self::plain(type_name, text),
            ErrorView::Opaque => Self::plain(type_name, "an error without a text"),
        }
    }

    /// A rule found this type in the chain: better than the name of a box.
    pub(crate) fn name_head(&mut self, type_name: &str) {
        if OPAQUE_TYPES
            .iter()
            .any(|opaque| self.type_name.starts_with(opaque))
        {
            self.type_name = reached(type_name);
        }
    }
}

/// Types that say nothing about what is inside.
const OPAQUE_TYPES: [&str; 3] = ["anyhow::Error", "eyre::Report", "alloc::boxed::Box<"];

/// A type's name; one of this crate's by the path that programs reach it by, and rules name it by.
fn reached(type_name: &str) -> String {
    match type_name.strip_prefix(concat!(module_path!(), "::")) {
        Some(name) => format!("jobs::{name}"),
        None => type_name.to_owned(),
    }
}

fn display(error: &(dyn StdError + 'static)) -> String {
    catch(|| error.to_string()).unwrap_or_else(|_| "(the error's `Display` panicked)".to_owned())
}

/// `anyhow` and `eyre` print a captured backtrace at the end of their `Debug` text.
fn backtrace_of(debug: &str) -> Option<String> {
    let (_, trace) = debug.split_once("Stack backtrace:\n")?;
    Some(clean(trace.trim_end()))
}

/// NUL is no text to Postgres; what is too long is cut with a mark.
fn clean(text: &str) -> String {
    cut(&text.replace('\0', "\u{FFFD}"), LONGEST_TEXT)
}

/// At most so many bytes of a text, and a mark if that is not all.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(most);
    let kept = text.get(..end).unwrap_or_default();
    format!("{kept} … [cut: {} bytes in all]", text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Rude;
    impl fmt::Display for Rude {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("no text from me")
        }
    }
    impl StdError for Rude {}

    #[derive(Debug, thiserror::Error)]
    #[error("outer\0")]
    struct Outer(#[source] Rude);

    #[test]
    fn keeps_type_message_and_chain_of_any_error() {
        let error = JobError::seen("Outer", &ErrorView::Error(&Outer(Rude), None));
        assert_eq!(error.message(), "outer\u{FFFD}");
        assert_eq!(error.chain(), ["(the error's `Display` panicked)"]);
        let debug = "boom\n\nStack backtrace:\n   0: main\n".to_owned();
        let error = JobError::seen("anyhow::Error", &ErrorView::Error(&Rude, Some(debug)));
        assert_eq!(error.backtrace(), Some("   0: main"));
    }

    #[derive(Debug, thiserror::Error)]
    #[error("link {n}")]
    struct Link {
        n: u32,
        source: Option<Box<Link>>,
    }

    #[test]
    fn long_chains_are_cut_with_a_mark() {
        let chain = |links: u32| {
            let last = Link {
                n: links,
                source: None,
            };
            let head = (1..links).rev().fold(last, |inner, n| Link {
                n,
                source: Some(Box::new(inner)),
            });
            JobError::seen("Link", &ErrorView::Error(&head, None))
                .chain()
                .to_vec()
        };
        assert_eq!(chain(64).last().map(String::as_str), Some("link 64"));
        let cut = chain(65);
        assert_eq!(cut.len(), 64);
        assert_eq!(cut[62..], ["link 64", CHAIN_CUT]);
    }

    #[test]
    fn our_own_errors_are_named_as_users_write_them() {
        let crashes = 3;
        assert_eq!(
            JobError::of(&WorkerLost { crashes }).type_name(),
            "jobs::WorkerLost"
        );
        let view = ErrorView::Error(&Rude, None);
        let mut boxed = JobError::seen("alloc::boxed::Box<dyn Error>", &view);
        boxed.name_head("jobs::failure::TimedOut");
        assert_eq!(boxed.type_name(), "jobs::TimedOut");
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let error = JobError::plain("T", &"é".repeat(LONGEST_TEXT));
        assert!(
            error.message().starts_with('é')
                && error.message().ends_with("[cut: 131072 bytes in all]")
        );
        assert!(error.message().len() < LONGEST_TEXT + 64);
    }
}
