//! `perform_later` and what can be said before its `.await`.

mod info;

use std::marker::PhantomData;

pub use info::{EnqueueInfo, NextEnqueue};

use crate::job::Job;

/// A job about to be enqueued. Nothing is stored before `.await`.
#[must_use = "a job is enqueued only when this is awaited"]
#[derive(Debug)]
pub struct Enqueue<T> {
    output: PhantomData<fn() -> T>,
}

impl<T> Enqueue<T> {
    #[doc(hidden)]
    pub fn __new<J: Job<Output = T>>(job: J) -> Self {
        let mut args = crate::payload::ArgsWriter::new();
        job.__encode(&mut args);
        let _ = args.finish();
        Self {
            output: PhantomData,
        }
    }
}
