//! Looking at an error whatever its type: concrete enum, `anyhow::Error`, `eyre::Report`, box or text.

use std::{
    error::Error as StdError,
    fmt::{Debug, Display},
    time::Duration,
};

use super::rules::Verdict;
use crate::{
    failure::{DeserializationError, WorkerLost},
    panics::catch,
};

/// How many links of a `source()` chain are followed; a cyclic chain must not hang.
pub(crate) const MAX_CHAIN: usize = 64;

/// An error seen by reference, before anything is converted (a conversion hides `anyhow`'s head type).
pub enum ErrorView<'e> {
    /// Has a `source()` chain; with the `Debug` text where that may hold a backtrace.
    Error(&'e (dyn StdError + 'static), Option<String>),
    /// Text alone.
    Text(String),
    /// Neither an error nor displayable.
    Opaque,
}

impl Debug for ErrorView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ErrorView")
    }
}

/// Chooses, where the type is concrete, the best way to look at it (autoref specialisation).
#[derive(Debug)]
pub struct Probe<'a, E>(pub &'a E);

/// First choice: `anyhow::Error`, `eyre::Report` and boxed errors, which all give out a trait object.
pub trait ViaAsRef<'a> {
    /// Looks at the error.
    fn view(&self) -> ErrorView<'a>;
}

impl<'a, E: AsRef<dyn StdError + Send + Sync + 'static> + Debug> ViaAsRef<'a> for &&&Probe<'a, E> {
    fn view(&self) -> ErrorView<'a> {
        ErrorView::Error(self.0.as_ref(), Some(format!("{:?}", self.0)))
    }
}

/// Second choice: a concrete error type.
pub trait ViaError<'a> {
    /// Looks at the error.
    fn view(&self) -> ErrorView<'a>;
}

impl<'a, E: StdError + 'static> ViaError<'a> for &&Probe<'a, E> {
    fn view(&self) -> ErrorView<'a> {
        ErrorView::Error(self.0, None)
    }
}

/// Third choice: text, such as `String`.
pub trait ViaDisplay<'a> {
    /// Looks at the error.
    fn view(&self) -> ErrorView<'a>;
}

impl<'a, E: Display> ViaDisplay<'a> for &Probe<'a, E> {
    fn view(&self) -> ErrorView<'a> {
        ErrorView::Text(self.0.to_string())
    }
}

/// Last choice: anything at all.
pub trait ViaAny<'a> {
    /// Looks at the error.
    fn view(&self) -> ErrorView<'a>;
}

impl<'a, E> ViaAny<'a> for Probe<'a, E> {
    fn view(&self) -> ErrorView<'a> {
        ErrorView::Opaque
    }
}

/// What the chain of an error holds, outermost first.
pub(crate) fn chain<'e>(
    head: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    let mut next = Some(head);
    std::iter::from_fn(move || {
        let now = next?;
        // A `source()` that panics has none.
        next = catch(|| now.source()).unwrap_or(None);
        Some(now)
    })
    .take(MAX_CHAIN)
}

/// A type that a rule can name.
#[diagnostic::on_unimplemented(
    message = "rules name error types, and `{Self}` is not one",
    label = "does not implement `std::error::Error`",
    note = "`retry_on` and `discard_on` look for this type in the error and its `source()` chain"
)]
pub trait RuleError: StdError + 'static {}

#[diagnostic::do_not_recommend]
impl<E: StdError + 'static> RuleError for E {}

/// A rule that names a type: tries `fits` on each `T` of the chain; its value is the wait, if the rule gives one.
pub fn find<T: RuleError>(
    head: &(dyn StdError + 'static),
    rule: usize,
    mut fits: impl FnMut(&T) -> Option<Option<Duration>>,
) -> Option<Verdict> {
    chain(head)
        .filter_map(|error| error.downcast_ref::<T>())
        .find_map(&mut fits)
        .map(|wait| Verdict {
            rule,
            wait,
            error_type: Some(std::any::type_name::<T>()),
        })
}

/// The rule `any`: all that a function returns, panics and timeouts; not what the runtime has rules of its own for.
pub fn any_error(
    head: &(dyn StdError + 'static),
    rule: usize,
    fits: impl FnOnce(&(dyn StdError + 'static)) -> Option<Option<Duration>>,
) -> Option<Verdict> {
    if head.is::<DeserializationError>() || head.is::<WorkerLost>() {
        return None;
    }
    fits(head).map(|wait| Verdict {
        rule,
        wait,
        error_type: None,
    })
}

/// What `wait = binding` may bind.
#[diagnostic::on_unimplemented(
    message = "`wait` takes a `Duration`, not `{Self}`",
    label = "not a duration",
    note = "bind a `std::time::Duration` or an `Option` of one; `None` waits the rule's default"
)]
pub trait IntoWait {
    /// The wait; `None` takes the rule's own.
    fn into_wait(self) -> Option<Duration>;
}

impl IntoWait for Duration {
    fn into_wait(self) -> Option<Duration> {
        Some(self)
    }
}

impl IntoWait for &Duration {
    fn into_wait(self) -> Option<Duration> {
        Some(*self)
    }
}

impl IntoWait for Option<Duration> {
    fn into_wait(self) -> Option<Duration> {
        self
    }
}

impl IntoWait for &Option<Duration> {
    fn into_wait(self) -> Option<Duration> {
        *self
    }
}
