//! Writing the ends of claims, in groups, and what follows once they are written.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::{mpsc, oneshot};

use super::pool;
use crate::{
    combine::{Combiner, Shared},
    dead_letters::DeadLetter,
    error::Result,
    handle::Jobs,
    record::State,
    storage::{Ack, ClaimRef, End, Finish, Look, Next, Wake},
};

/// The group commit of all ends of one worker.
#[derive(Debug, Clone)]
pub(crate) struct Acks {
    combiner: Shared<Finish, Ack>,
    jobs: Jobs,
    stale: Arc<AtomicU64>,
}

pub(super) fn start(jobs: &Jobs) -> Acks {
    let store = jobs.inner().store.clone();
    let clock = jobs.inner().clock.clone();
    let storage = Arc::clone(store.storage());
    let combiner = Combiner::start(store.io(), move |done, _| {
        let (storage, now) = (Arc::clone(&storage), clock.now());
        async move { storage.finish(done, now).await }
    });
    Acks {
        combiner: Arc::new(combiner),
        jobs: jobs.clone(),
        stale: Arc::default(),
    }
}

impl Acks {
    /// Hands an end over; the returned one resolves when it is written.
    pub(crate) async fn hand_over(&self, finish: Finish) -> Written {
        let answer = self.combiner.hand_over(finish.clone()).await;
        Written {
            acks: self.clone(),
            finish,
            answer,
        }
    }

    /// Puts a job back that was never started.
    pub(super) async fn put_back(&self, claim: ClaimRef, alive: mpsc::Sender<()>) {
        let written = self.hand_over(pool::put_back(claim)).await;
        tokio::spawn(async move {
            written.settle("(not started)").await;
            drop(alive);
        });
    }

    async fn follow(&self, name: &str, finish: Finish, ack: Ack) {
        let id = finish.claim.id;
        if ack == Ack::Stale {
            let stale = self.stale.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::warn!(job = name, %id, stale_acks = stale, "the claim was superseded; this run's end changes nothing");
            return;
        }
        let wakes = &self.jobs.inner().wakes;
        if finish.claim.keyed {
            // What waited for its keys is ready now, in whichever process.
            wakes.everywhere(vec![Wake::Ready(Vec::new())]);
        }
        match finish.to {
            Next::End(end) => self.ended(name, id, end).await,
            Next::Retry { after, .. } if after.is_zero() => wakes.here(&Wake::Ready(Vec::new())),
            Next::Retry { after, .. } => wakes.here(&Wake::DueIn(after)),
            Next::PutBack | Next::Crashed { .. } => wakes.everywhere(vec![Wake::Ready(Vec::new())]),
            Next::Block { .. } => {}
        }
    }

    async fn ended(&self, name: &str, id: crate::JobId, end: End) {
        let dead = end.state == State::Dead;
        self.jobs.inner().wakes.ended(id, || Look {
            state: end.state,
            output: end.output,
            reason: end.reason,
            error: end.error,
        });
        if dead && !self.jobs.inner().hooks.on_dead.is_empty() {
            match DeadLetter::of_job(&self.jobs, name, id).await {
                Ok(Some(letter)) => self.tell(&letter).await,
                Ok(None) => {
                    tracing::warn!(job = name, %id, "the dead letter was gone before `on_dead` could see it")
                }
                Err(error) => {
                    tracing::error!(job = name, %id, %error, "the dead letter could not be read for `on_dead`")
                }
            }
        }
    }

    async fn tell(&self, letter: &DeadLetter) {
        for hook in &self.jobs.inner().hooks.on_dead {
            let told = async { hook(letter.clone()).await };
            crate::execution::calmly("on_dead", told).await;
        }
    }
}

/// An end that is being written.
#[must_use = "what follows the write happens in `settle`"]
pub(crate) struct Written {
    acks: Acks,
    finish: Finish,
    answer: Result<oneshot::Receiver<Result<Ack>>>,
}

impl Written {
    /// Waits until it is written, and does what follows: waking, waiters, `on_dead`.
    pub(crate) async fn settle(self, name: &str) {
        let answer = match self.answer {
            Ok(answer) => answer.await.unwrap_or(Err(crate::error::Error::Closed)),
            Err(error) => Err(error),
        };
        match answer {
            Ok(ack) => self.acks.follow(name, self.finish, ack).await,
            Err(error) => {
                let id = self.finish.claim.id;
                tracing::error!(job = name, %id, %error, "a job's end could not be written; it runs again when the claim lapses");
            }
        }
    }
}
