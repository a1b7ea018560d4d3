//! A future of the user's: what panics in it, or while it is dropped, goes no further.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::future::BoxFuture;

use crate::{
    failure::Panicked,
    panics::{catch, let_go},
};

/// Gives what the future gives, or its panic.
#[must_use = "a future does nothing unless it is awaited"]
pub(crate) struct Guarded<'a, T>(Option<BoxFuture<'a, T>>);

/// Code that makes a future goes into `work` as well, for it may panic too: `guarded(async { hook(ctx).await })`.
pub(crate) fn guarded<'a, T>(work: impl Future<Output = T> + Send + 'a) -> Guarded<'a, T> {
    Guarded(Some(Box::pin(work)))
}

impl<T> Future for Guarded<'_, T> {
    type Output = Result<T, Panicked>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = self.0.as_mut() else {
            return Poll::Pending;
        };
        let ended = match catch(|| work.as_mut().poll(cx)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(value)) => Ok(value),
            Err(panicked) => Err(panicked),
        };
        let_go(self.0.take());
        Poll::Ready(ended)
    }
}

impl<T> Drop for Guarded<'_, T> {
    fn drop(&mut self) {
        let_go(self.0.take());
    }
}

/// Runs a hook; `None` if it panicked, which is logged and changes nothing else.
pub(crate) async fn calmly<T>(name: &str, hook: impl Future<Output = T> + Send) -> Option<T> {
    match guarded(hook).await {
        Ok(value) => Some(value),
        Err(panicked) => {
            tracing::error!(
                hook = name,
                message = panicked.message,
                "a hook panicked; the job goes on without it"
            );
            None
        }
    }
}
