//! Where an expansion asks whether the user's types will do: once per type, so that a wrong one is one error.

use std::{fmt, future::Future};

use futures_core::future::BoxFuture;
use futures_util::FutureExt;

use super::{
    ArgDef,
    finished::{Finished, finish, finish_plain},
    matching::ErrorView,
};
use crate::{
    failure::DeserializationError,
    job::{Job, JobArg},
    payload::{ArgsReader, ArgsWriter},
};

type Take<T> = fn(&ArgsReader, &'static str, Option<fn() -> T>) -> Result<T, DeserializationError>;

/// One argument: how it is written and read. Only [`arg`] makes one, and only for types that can be stored.
pub struct Arg<T> {
    name: &'static str,
    put: fn(&mut ArgsWriter, &'static str, &T),
    take: Take<T>,
    fits: fn(&str) -> Result<(), String>,
}

impl<T> fmt::Debug for Arg<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The argument stored under `name`.
#[must_use]
pub const fn arg<T: JobArg>(name: &'static str) -> Arg<T> {
    Arg {
        name,
        put: ArgsWriter::put::<T>,
        take: |args, name, default| match default {
            None => args.take(name),
            Some(default) => args.take_or(name, default),
        },
        fits: |json| match serde_json::from_str::<T>(json) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        },
    }
}

impl<T> Arg<T> {
    /// Its entry in the job's table.
    #[must_use]
    pub const fn definition(&self, redacted: bool, required: bool) -> ArgDef {
        ArgDef {
            name: self.name,
            redacted,
            required,
            type_name: std::any::type_name::<T>,
            fits: self.fits,
        }
    }

    /// Writes it.
    pub fn put(&self, args: &mut ArgsWriter, value: &T) {
        (self.put)(args, self.name, value);
    }

    /// Reads it.
    ///
    /// # Errors
    /// It is missing, or not a `T`.
    pub fn take(&self, args: &ArgsReader) -> Result<T, DeserializationError> {
        (self.take)(args, self.name, None)
    }

    /// Reads it, or takes the default.
    ///
    /// # Errors
    /// It is there, but not a `T`.
    pub fn take_or(
        &self,
        args: &ArgsReader,
        default: fn() -> T,
    ) -> Result<T, DeserializationError> {
        (self.take)(args, self.name, Some(default))
    }
}

/// Boxes the user's future once; no second state machine is made around it.
pub fn call<'a, J: Job, F>(
    future: F,
    view: for<'e> fn(&'e J::Error) -> ErrorView<'e>,
) -> BoxFuture<'a, Finished>
where
    F: Future<Output = Result<J::Output, J::Error>> + Send + 'a,
{
    future.map(move |returned| finish(returned, view)).boxed()
}

/// [`call`] for a function that can't fail.
pub fn call_plain<'a, J: Job, F>(future: F) -> BoxFuture<'a, Finished>
where
    F: Future<Output = J::Output> + Send + 'a,
{
    future.map(finish_plain).boxed()
}

/// [`call`] for a function that has run on the blocking pool.
pub fn call_blocking<J: Job>(
    returned: Result<J::Output, J::Error>,
    view: for<'e> fn(&'e J::Error) -> ErrorView<'e>,
) -> Finished {
    finish(returned, view)
}

/// [`call_blocking`] for a function that can't fail.
pub fn call_blocking_plain<J: Job>(returned: J::Output) -> Finished {
    finish_plain(returned)
}
