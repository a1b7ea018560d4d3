//! The end of the user's function, erased: a boxed output or a boxed failure.

use std::any::Any;

use super::matching::ErrorView;
use crate::{
    error::BoxError,
    job::{JobFailure, JobOutput},
};

/// What the user's function gave.
pub type Finished = Result<Box<dyn Output>, Box<dyn Failure>>;

/// An output, still typed inside.
pub trait Output: Send {
    /// As it is stored.
    ///
    /// # Errors
    /// What its `Serialize` says.
    fn to_json(&self) -> Result<String, serde_json::Error>;
    /// The value itself, for `perform_now`.
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send>;
}

impl<T: JobOutput> Output for T {
    fn to_json(&self) -> Result<String, serde_json::Error> {
        self.__to_json()
    }
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

/// A failure, still typed inside.
pub trait Failure: Send {
    /// The name of its type.
    fn type_name(&self) -> &'static str;
    /// Looks at it by reference.
    fn view(&self) -> ErrorView<'_>;
    /// The value itself, for `perform_now`.
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send>;
    /// As a boxed error, where a view cannot show it.
    fn into_error(self: Box<Self>) -> BoxError;
}

struct Kept<E: 'static> {
    error: E,
    view: for<'e> fn(&'e E) -> ErrorView<'e>,
}

impl<E: JobFailure> Failure for Kept<E> {
    fn type_name(&self) -> &'static str {
        std::any::type_name::<E>()
    }
    fn view(&self) -> ErrorView<'_> {
        (self.view)(&self.error)
    }
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        Box::new(self.error)
    }
    fn into_error(self: Box<Self>) -> BoxError {
        self.error.into()
    }
}

/// A return type that is a result, whatever alias it is written as.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Result`",
    label = "a return type named `…Result` must be an alias of `std::result::Result`",
    note = "return `Result<T, E>`, or rename the type if it is an output"
)]
pub trait JobReturn {
    /// The `T` of `Result<T, E>`.
    type Output;
    /// The `E` of `Result<T, E>`.
    type Error;
    /// The result itself.
    ///
    /// # Errors
    /// What the function returned.
    fn split(self) -> Result<Self::Output, Self::Error>;
}

impl<T, E> JobReturn for Result<T, E> {
    type Output = T;
    type Error = E;
    fn split(self) -> Self {
        self
    }
}

/// Erases what a function that returns a result gave.
pub fn finish<R: JobReturn>(
    returned: R,
    view: for<'e> fn(&'e R::Error) -> ErrorView<'e>,
) -> Finished
where
    R::Output: JobOutput,
    R::Error: JobFailure,
{
    match returned.split() {
        Ok(output) => Ok(Box::new(output)),
        Err(error) => Err(Box::new(Kept { error, view })),
    }
}

/// Erases what a function that can't fail gave.
pub fn finish_plain<T: JobOutput>(returned: T) -> Finished {
    Ok(Box::new(returned))
}
