//! [`JobError`]: a failure as it is kept.

use std::{error::Error as StdError, fmt};

use serde::{Deserialize, Serialize};

use super::HERE;
use crate::{
    definition::{ErrorView, chain},
    panics::catch,
};

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
    /// Every text of it but the type's name, as `change` makes it.
    pub(crate) fn map_texts(&mut self, change: impl Fn(&str) -> String) {
        self.message = change(&self.message);
        for text in self.chain.iter_mut().chain(&mut self.backtrace) {
            *text = change(text);
        }
    }

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
    match type_name.strip_prefix(HERE) {
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
    use crate::failure::WorkerLost;

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
