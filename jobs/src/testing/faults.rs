//! What a test wants to go wrong.

use std::{any::Any, collections::HashMap, fmt};

use crate::{
    definition::{ErrorView, Failure, Finished},
    error::{BoxError, Error, Result},
};

/// What is still to go wrong.
#[derive(Default)]
pub(super) struct Faults {
    executions: HashMap<&'static str, Vec<Planned>>,
    enqueues: u32,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faults")
    }
}

struct Planned {
    times: u32,
    make: Box<dyn Fn() -> Box<dyn Failure> + Send>,
}

impl Faults {
    /// Lets the next executions of a job end in these errors.
    pub(super) fn fail<E>(
        &mut self,
        job: &'static str,
        times: u32,
        make: impl Fn() -> E + Send + 'static,
    ) where
        E: std::error::Error + Send + Sync + 'static,
    {
        let make = Box::new(move || Box::new(Injected(make())) as Box<dyn Failure>);
        let planned = self.executions.entry(job).or_default();
        planned.push(Planned { times, make });
    }

    pub(super) fn fail_enqueues(&mut self, times: u32) {
        self.enqueues = times;
    }

    pub(super) fn execution(&mut self, job: &str) -> Option<Finished> {
        let planned = self.executions.get_mut(job)?;
        planned.retain(|planned| planned.times > 0);
        let next = planned.first_mut()?;
        next.times -= 1;
        Some(Err((next.make)()))
    }

    pub(super) fn enqueue(&mut self) -> Result<()> {
        if self.enqueues == 0 {
            return Ok(());
        }
        self.enqueues -= 1;
        // As if the database could not be reached for longer than an enqueue waits.
        Err(Error::Database(sqlx::Error::PoolTimedOut))
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

struct Injected<E>(E);

impl<E: std::error::Error + Send + Sync + 'static> Failure for Injected<E> {
    fn type_name(&self) -> &'static str {
        std::any::type_name::<E>()
    }
    fn view(&self) -> ErrorView<'_> {
        ErrorView::Error(&self.0, None)
    }
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        Box::new(self.0)
    }
    fn into_error(self: Box<Self>) -> BoxError {
        self.0.into()
    }
}
