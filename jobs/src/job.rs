//! The trait that `#[job]` implements, and what its argument, output and error types must be.

use serde::{Serialize, de::DeserializeOwned};

#[cfg(feature = "testing")]
use crate::failure::DeserializationError;
use crate::{
    definition::{JobDef, KeyWriter},
    error::BoxError,
    payload::{self, ArgsWriter},
};

/// A job: the type that `#[job]` makes from a function. Its fields are the function's arguments.
///
/// Implemented by the attribute only.
///
/// ```
/// fn name_of<J: jobs::Job>() -> &'static str {
///     J::NAME
/// }
/// # let _ = name_of::<Nothing>;
/// # use jobs::job;
/// # #[job] async fn nothing() {}
/// ```
pub trait Job: Sized + Send + 'static {
    /// What the function returns when it succeeds.
    type Output: JobOutput;
    /// What it returns when it fails; [`Infallible`](std::convert::Infallible) if it can't.
    type Error: JobFailure;
    /// The name under which its rows are stored.
    const NAME: &'static str;

    #[doc(hidden)]
    fn __definition() -> &'static JobDef;

    #[doc(hidden)]
    fn __encode(&self, args: &mut ArgsWriter);

    #[cfg(feature = "testing")]
    #[doc(hidden)]
    fn __decode(_args: &payload::ArgsReader) -> Result<Self, DeserializationError> {
        // What the attribute makes of a function with mistakes is never called.
        Err(DeserializationError::missing("(all)"))
    }

    #[doc(hidden)]
    fn __keys(&self, _keys: &mut KeyWriter) {}
}

/// A type that can be a job's argument: `Serialize + DeserializeOwned + Send + 'static`.
///
/// ```
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Address {
///     street: String,
/// }
/// fn can_be_an_argument<T: jobs::JobArg>() {}
/// can_be_an_argument::<Option<Address>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a job argument",
    label = "job arguments are stored as JSON and must be `Serialize + DeserializeOwned + Send + 'static`",
    note = "derive `serde::Serialize` and `serde::Deserialize` on `{Self}`, pass a type that has them, or mark an injected value `#[state]` and take it by reference"
)]
pub trait JobArg: Serialize + DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> JobArg for T {}

/// A type that can be a job's output: `Serialize + DeserializeOwned + Send + 'static`.
///
/// ```
/// fn can_be_an_output<T: jobs::JobOutput>() {}
/// can_be_an_output::<Vec<u64>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a job's output",
    label = "job outputs are stored as JSON and must be `Serialize + DeserializeOwned + Send + 'static`",
    note = "derive `serde::Serialize` and `serde::Deserialize` on it; if it is an alias of `Result`, name the alias `…Result` or write `Result<T, E>`"
)]
pub trait JobOutput: Send + 'static {
    // Methods instead of serde's traits above: as supertraits they would be checked one by one wherever an output is
    // named, and a type that can't be stored would be two long errors of serde's instead of the one above.
    #[doc(hidden)]
    fn __to_json(&self) -> serde_json::Result<String>;

    #[doc(hidden)]
    fn __from_json(json: &str) -> serde_json::Result<Self>
    where
        Self: Sized;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> JobOutput for T {
    fn __to_json(&self) -> serde_json::Result<String> {
        payload::to_json(self)
    }

    fn __from_json(json: &str) -> serde_json::Result<Self> {
        serde_json::from_str(json)
    }
}

/// A type that can be a job's error: a std error, `anyhow::Error`, `eyre::Report`, `String`.
///
/// ```
/// fn can_be_an_error<E: jobs::JobFailure>() {}
/// can_be_an_error::<std::io::Error>();
/// can_be_an_error::<String>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a job's error",
    label = "must convert into `Box<dyn std::error::Error + Send + Sync>` and be `Send + 'static`",
    note = "implement `std::error::Error` (for example with `thiserror`), or use `anyhow::Error`"
)]
pub trait JobFailure: Into<BoxError> + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError> + Send + 'static> JobFailure for E {}
