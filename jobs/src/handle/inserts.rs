//! How enqueued jobs are written, and who is told of them: whoever asked for it may be gone by then.

use std::{future::Future, panic::AssertUnwindSafe, sync::Arc};

use futures_core::future::BoxFuture;
use futures_util::FutureExt as _;

use super::{InsertBatch, Openings, Wakes, openings::Reserved};
use crate::{
    clock::Clock,
    combine::Repeated,
    error::{Error, Result},
    storage::{self, Inserted, NewJob, Storage, Wake},
};

#[derive(Clone)]
pub(super) struct Inserts {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) clock: Clock,
    pub(super) wakes: Wakes,
    pub(super) openings: Openings,
}

impl Inserts {
    /// Inserts a batch, and wakes workers for it. After a lost answer it is safe to do so again.
    pub(super) fn batches(self) -> InsertBatch {
        Arc::new(move |jobs, repeated| Box::pin(self.clone().batch(jobs, repeated)))
    }

    /// The flush of single enqueues: those that fit into free slots of this process go there.
    pub(super) fn singles(
        self,
    ) -> impl Fn(Vec<NewJob>, Repeated) -> BoxFuture<'static, Result<Vec<Inserted>>> {
        move |jobs, repeated| {
            let reserved = match repeated {
                // What an earlier try claimed may be on its way back.
                Repeated(true) => None,
                Repeated(false) => self.openings.reserve(&jobs),
            };
            match reserved {
                Some(reserved) => Box::pin(self.clone().into_slots(jobs, reserved)),
                None => Box::pin(self.clone().batch(jobs, repeated)),
            }
        }
    }

    async fn batch(
        self,
        mut jobs: Vec<NewJob>,
        Repeated(repeated): Repeated,
    ) -> Result<Vec<Inserted>> {
        let chosen: Vec<bool> = jobs.iter().map(|job| job.may_exist).collect();
        if repeated {
            jobs.iter_mut().for_each(|job| job.may_exist = true);
        }
        let told = storage::wakes(&jobs, self.clock.utc());
        let mut inserted = calmly(self.storage.insert(jobs, self.clock.now())).await?;
        // An id that nobody chose can only be there because an earlier try's answer was lost.
        for (inserted, chosen) in inserted.iter_mut().zip(chosen) {
            if !chosen && matches!(inserted, Inserted::Exists(_)) {
                *inserted = Inserted::New;
            }
        }
        if inserted.iter().any(|inserted| inserted.gives_work()) {
            self.wakes.everywhere(told);
        }
        Ok(inserted)
    }

    async fn into_slots(self, jobs: Vec<NewJob>, reserved: Reserved) -> Result<Vec<Inserted>> {
        let told = storage::wakes(&jobs, self.clock.utc());
        let inserted = vec![Inserted::New; jobs.len()];
        let insert = self
            .storage
            .insert_claimed(jobs, reserved.worker, self.clock.now());
        match calmly(insert).await {
            Ok(Some(claimed)) => reserved.deliver(claimed),
            Ok(None) => self.wakes.everywhere(told),
            Err(error) => {
                // It may have been done all the same: the worker's next claim gives it back.
                drop(reserved);
                self.wakes.here(&Wake::Ready(Vec::new()));
                return Err(error);
            }
        }
        Ok(inserted)
    }
}

/// A panic must not end the task of all enqueues to come.
async fn calmly<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    let ended = AssertUnwindSafe(call).catch_unwind().await;
    ended.unwrap_or_else(|panic| Err(Error::panicked(&*panic)))
}
