//! The hooks of a handle: closures, where those of jobs and bases are function pointers.

use std::{future::Future, ops::ControlFlow, sync::Arc};

use futures_core::future::BoxFuture;

use crate::{
    context::JobContext,
    dead_letters::DeadLetter,
    enqueue::{EnqueueInfo, NextEnqueue},
    error::{BoxError, Error},
    failure::JobError,
    hooks::{Halt, Next, Outcome},
};

macro_rules! hook {
    ($(#[$doc:meta])* $name:ident ( $($arg:ident : $ty:ty),* ) -> $out:ty) => {
        $(#[$doc])*
        pub trait $name<'a>: Send + Sync {
            #[doc(hidden)]
            fn call(&self, $($arg: $ty),*) -> BoxFuture<'a, $out>;
        }
        impl<'a, F, Fut> $name<'a> for F
        where
            F: Fn($($ty),*) -> Fut + Send + Sync,
            Fut: Future<Output = $out> + Send + 'a,
        {
            fn call(&self, $($arg: $ty),*) -> BoxFuture<'a, $out> {
                Box::pin(self($($arg),*))
            }
        }
    };
}

hook! {
    /// An `async fn(&JobContext) -> Result<(), BoxError>`.
    BeforePerform(ctx: &'a JobContext) -> Result<(), BoxError>
}
hook! {
    /// An `async fn(&JobContext, Next<'_>) -> Outcome`.
    AroundPerform(ctx: &'a JobContext, next: Next<'a>) -> Outcome
}
hook! {
    /// An `async fn(&JobContext, &Outcome)`.
    AfterPerform(ctx: &'a JobContext, outcome: &'a Outcome) -> ()
}
hook! {
    /// An `async fn(&mut EnqueueInfo) -> ControlFlow<Halt>`.
    BeforeEnqueue(job: &'a mut EnqueueInfo) -> ControlFlow<Halt>
}
hook! {
    /// An `async fn(&mut EnqueueInfo, NextEnqueue<'_>) -> Result<(), Error>`.
    AroundEnqueue(job: &'a mut EnqueueInfo, next: NextEnqueue<'a>) -> Result<(), Error>
}
hook! {
    /// An `async fn(&EnqueueInfo)`.
    AfterEnqueue(job: &'a EnqueueInfo) -> ()
}
hook! {
    /// An `async fn(&JobContext, &JobError)`.
    AfterDiscard(ctx: &'a JobContext, error: &'a JobError) -> ()
}

type Shared<T> = Vec<Arc<T>>;
type NamedBeforeEnqueue = (&'static str, Arc<dyn for<'a> BeforeEnqueue<'a>>);
type NamedAroundEnqueue = (&'static str, Arc<dyn for<'a> AroundEnqueue<'a>>);

/// The hooks of one handle, each list in the order given; outermost of all.
#[derive(Default, Clone)]
pub(crate) struct HandleHooks {
    pub(crate) before_perform: Shared<dyn for<'a> BeforePerform<'a>>,
    pub(crate) around_perform: Shared<dyn for<'a> AroundPerform<'a>>,
    pub(crate) after_perform: Shared<dyn for<'a> AfterPerform<'a>>,
    /// With the hook's name, which a halt reports.
    pub(crate) before_enqueue: Vec<NamedBeforeEnqueue>,
    pub(crate) around_enqueue: Vec<NamedAroundEnqueue>,
    pub(crate) after_enqueue: Shared<dyn for<'a> AfterEnqueue<'a>>,
    pub(crate) after_discard: Shared<dyn for<'a> AfterDiscard<'a>>,
    pub(crate) on_dead: Shared<dyn Fn(DeadLetter) -> BoxFuture<'static, ()> + Send + Sync>,
}

impl std::fmt::Debug for HandleHooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HandleHooks")
    }
}
