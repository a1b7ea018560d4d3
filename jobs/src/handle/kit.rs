//! What a test's kit sees and changes of its handle. Without feature `testing`, and on handles of programs, all of this
//! is nothing.

use super::{Inner, Jobs};
use crate::{
    definition::{Finished, JobDef},
    error::Result,
    states::States,
    storage::{Claimed, Finish, Inserted, NewJob},
};

impl Inner {
    /// The values for `#[state]`, those that a test added first.
    pub(crate) fn states(&self) -> States {
        #[cfg(feature = "testing")]
        if let Some(kit) = &self.kit {
            return kit.states(&self.states);
        }
        self.states.clone()
    }

    /// From 0 to 1, for jitter; a test has none, so that its times can be foretold.
    pub(crate) fn random(&self) -> f64 {
        #[cfg(feature = "testing")]
        if self.kit.is_some() {
            return 0.0;
        }
        crate::dice::random()
    }

    /// Fails if a test wants enqueues to fail now.
    pub(crate) fn may_enqueue(&self) -> Result<()> {
        #[cfg(feature = "testing")]
        if let Some(kit) = &self.kit {
            return kit.may_enqueue();
        }
        Ok(())
    }

    /// What a test wants the next call of this job to end in.
    pub(crate) fn instead_of(&self, job: &'static JobDef) -> Option<Finished> {
        #[cfg(feature = "testing")]
        if let Some(kit) = &self.kit {
            return kit.instead_of(job);
        }
        let _ = job;
        None
    }

    /// A claim came to this end.
    pub(crate) fn performed(
        &self,
        job: Option<&'static JobDef>,
        claimed: &Claimed,
        end: &Finish,
        called: bool,
    ) {
        #[cfg(feature = "testing")]
        if let (Some(kit), Some(job)) = (&self.kit, job) {
            kit.performed(job, claimed, end, called);
        }
        let _ = (job, claimed, end, called);
    }
}

impl Jobs {
    /// A job went to the database; `certain` unless a transaction that is still open holds it.
    pub(crate) fn enqueued(
        &self,
        job: &'static JobDef,
        new: &NewJob,
        inserted: Inserted,
        certain: bool,
    ) {
        crate::telemetry::enqueued(job, new, inserted);
        #[cfg(feature = "testing")]
        if let Some(kit) = &self.inner.kit {
            kit.enqueued(job, new, inserted, certain);
        }
        let _ = (job, new, inserted, certain);
    }

    /// The enqueue is over: a test may want its job to run at once.
    pub(crate) async fn after_enqueue(&self) {
        #[cfg(feature = "testing")]
        if self.inner.kit.as_ref().is_some_and(|kit| kit.is_inline()) {
            crate::testing::run_inline(self).await;
        }
    }

    /// The end of a transaction. In a test it runs on the handle's threads: a connection goes back to its pool by a
    /// task, and the test's own thread may stand still in an assertion that waits for it.
    pub(crate) async fn away<T, F>(&self, end: F) -> std::result::Result<T, sqlx::Error>
    where
        T: Send + 'static,
        F: Future<Output = std::result::Result<T, sqlx::Error>> + Send + 'static,
    {
        #[cfg(feature = "testing")]
        if self.inner.kit.is_some() {
            let ended = self.inner.store.io().spawn(end).await;
            return ended.unwrap_or(Err(sqlx::Error::WorkerCrashed));
        }
        end.await
    }

    #[cfg(feature = "testing")]
    pub(crate) fn downgrade(&self) -> std::sync::Weak<Inner> {
        std::sync::Arc::downgrade(&self.inner)
    }

    #[cfg(feature = "testing")]
    pub(crate) fn upgrade(inner: &std::sync::Weak<Inner>) -> Option<Self> {
        inner.upgrade().map(|inner| Self { inner })
    }
}
