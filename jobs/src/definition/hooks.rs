//! Hooks as function pointers. A hook may be an `async fn` or a plain one; [`Called`] evens that out.

use std::{cell::Cell, fmt, future::Future, ops::ControlFlow};

use futures_core::future::BoxFuture;

use crate::{
    context::JobContext,
    enqueue::{EnqueueInfo, NextEnqueue},
    error::{BoxError, Error},
    failure::JobError,
    hooks::{Halt, Next, Outcome},
};

/// `before_perform`.
pub type BeforePerformFn = for<'a> fn(&'a JobContext) -> BoxFuture<'a, Result<(), BoxError>>;
/// `around_perform`.
pub type AroundPerformFn = for<'a> fn(&'a JobContext, Next<'a>) -> BoxFuture<'a, Outcome>;
/// `after_perform`.
pub type AfterPerformFn = for<'a> fn(&'a JobContext, &'a Outcome) -> BoxFuture<'a, ()>;
/// `before_enqueue`.
pub type BeforeEnqueueFn = for<'a> fn(&'a mut EnqueueInfo) -> BoxFuture<'a, ControlFlow<Halt>>;
/// `around_enqueue`.
pub type AroundEnqueueFn =
    for<'a> fn(&'a mut EnqueueInfo, NextEnqueue<'a>) -> BoxFuture<'a, Result<(), Error>>;
/// `after_enqueue`.
pub type AfterEnqueueFn = for<'a> fn(&'a EnqueueInfo) -> BoxFuture<'a, ()>;
/// `after_discard`, `on_exhausted` and `report`.
pub type FailureFn = for<'a> fn(&'a JobContext, &'a JobError) -> BoxFuture<'a, ()>;

/// A hook with the path it was written as.
#[derive(Clone, Copy)]
pub struct Named<F> {
    /// The path's text.
    pub name: &'static str,
    /// The hook.
    pub call: F,
}

impl<F> fmt::Debug for Named<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The hooks of one level, each list in the order written.
#[derive(Debug, Clone, Copy)]
pub struct Hooks {
    /// `before_perform`.
    pub before_perform: &'static [Named<BeforePerformFn>],
    /// `around_perform`.
    pub around_perform: &'static [Named<AroundPerformFn>],
    /// `after_perform`.
    pub after_perform: &'static [Named<AfterPerformFn>],
    /// `before_enqueue`.
    pub before_enqueue: &'static [Named<BeforeEnqueueFn>],
    /// `around_enqueue`.
    pub around_enqueue: &'static [Named<AroundEnqueueFn>],
    /// `after_enqueue`.
    pub after_enqueue: &'static [Named<AfterEnqueueFn>],
    /// `after_discard`.
    pub after_discard: &'static [Named<FailureFn>],
}

impl Hooks {
    /// No hooks.
    pub const NONE: Self = Self {
        before_perform: &[],
        around_perform: &[],
        after_perform: &[],
        before_enqueue: &[],
        around_enqueue: &[],
        after_enqueue: &[],
        after_discard: &[],
    };
}

/// What a hook's call gave: a future, or the value itself. `(&Called::new(hook(ctx))).boxed()` takes either.
pub struct Called<T>(Cell<Option<T>>);

impl<T> fmt::Debug for Called<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Called")
    }
}

impl<T> Called<T> {
    /// Wraps what the call gave.
    pub fn new(value: T) -> Self {
        Self(Cell::new(Some(value)))
    }

    fn take(&self) -> T {
        self.0
            .take()
            .expect("a hook's value is taken once, by the expansion that made it")
    }
}

/// An `async fn` was called.
pub trait CalledAsync<'a> {
    /// What the future gives.
    type Value;
    /// The future, boxed.
    fn boxed(&self) -> BoxFuture<'a, Self::Value>;
}

impl<'a, F: Future + Send + 'a> CalledAsync<'a> for Called<F> {
    type Value = F::Output;
    fn boxed(&self) -> BoxFuture<'a, F::Output> {
        Box::pin(self.take())
    }
}

/// A plain `fn` was called.
pub trait CalledSync<'a> {
    /// What the call gave.
    type Value;
    /// The value, as a future that is ready.
    fn boxed(&self) -> BoxFuture<'a, Self::Value>;
}

impl<'a, T: Send + 'a> CalledSync<'a> for &Called<T> {
    type Value = T;
    fn boxed(&self) -> BoxFuture<'a, T> {
        Box::pin(std::future::ready(self.take()))
    }
}

/// `before_perform` may return any error that converts into a box.
pub fn fallible<'a, E: Into<BoxError> + 'a>(
    result: BoxFuture<'a, Result<(), E>>,
) -> BoxFuture<'a, Result<(), BoxError>> {
    Box::pin(async move { result.await.map_err(Into::into) })
}
