//! Writing the ends of claims, in groups, and what follows once they are written.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::{handle::Phase, pool};
use crate::{
    combine::{Combiner, Shared},
    dead_letters,
    error::{Error, Result},
    handle::Jobs,
    maintenance::Tally,
    record::State,
    storage::{Ack, ClaimRef, End, Finish, Look, Next, Wake},
    telemetry::{self, Of},
};

/// How long an end that was not written waits for its next try, doubling up to the second figure.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LAST_PAUSE: Duration = Duration::from_secs(15);
/// How many ends may wait so before no more are taken, and slots stay in use.
const STRUGGLING: usize = 1_000;
/// For how long an end is tried again after the worker's patience is over.
const LAST_TRIES: Duration = Duration::from_secs(1);

/// The group commit of all ends of one worker.
#[derive(Debug, Clone)]
pub(crate) struct Acks {
    combiner: Shared<Finish, Ack>,
    jobs: Jobs,
    stale: Arc<AtomicU64>,
    tally: Tally,
    phase: watch::Receiver<Phase>,
    /// Ends that the database did not take at first.
    struggling: Arc<Semaphore>,
}

pub(super) fn start(jobs: &Jobs, phase: watch::Receiver<Phase>) -> Acks {
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
        tally: Tally::default(),
        phase,
        struggling: Arc::new(Semaphore::new(STRUGGLING)),
    }
}

impl Acks {
    /// Hands an end over; the returned one resolves when it is written.
    pub(crate) async fn hand_over(&self, finish: Finish) -> Written {
        if self.struggling.available_permits() == 0 {
            // Never closed: the wait ends when another end is written or given up.
            let _ = self.struggling.acquire().await;
        }
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
            let of = Of {
                job: "(not started)",
                queue: "",
            };
            written.settle_or_leave(of).await;
            drop(alive);
        });
    }

    /// What follows an end that is written.
    pub(super) async fn follow(&self, of: Of<'_>, finish: Finish, ack: Ack) {
        let (name, id) = (of.job, finish.claim.id);
        telemetry::ended(of, &finish, ack);
        if ack == Ack::Stale {
            let stale = self.stale.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::warn!(job = name, %id, stale_acks = stale, "the claim was superseded; this run's end changes nothing");
            return;
        }
        let inner = self.jobs.inner();
        self.tally
            .count(inner.registry.number(name), &finish, ack == Ack::Cancelled);
        let wakes = &inner.wakes;
        if finish.claim.keyed {
            // What waited for its keys is ready now, in whichever process.
            wakes.everywhere(vec![Wake::Ready(Vec::new())]);
        }
        if finish.claim.grouped {
            // So may be what waited for it.
            wakes.everywhere_soon();
        }
        if ack == Ack::Cancelled {
            wakes.ended(id, || Look {
                state: State::Cancelled,
                output: None,
                reason: None,
                error: None,
            });
            return;
        }
        match finish.to {
            Next::End(end) => self.ended(name, id, end).await,
            Next::Retry { after, .. } if after.is_zero() => wakes.here(&Wake::Ready(Vec::new())),
            Next::Retry { after, .. } => wakes.here(&Wake::DueIn(after)),
            Next::PutBack | Next::Crashed { .. } => wakes.everywhere(vec![Wake::Ready(Vec::new())]),
            Next::Block { .. } => {}
            Next::Park { until, on, .. } => {
                if let Some(until) = until {
                    let wait = until - self.jobs.utc();
                    wakes.here(&Wake::DueIn(wait.to_std().unwrap_or_default()));
                }
                if on.is_some() {
                    // It may have come in the last moment; then the job is ready.
                    wakes.here(&Wake::Ready(Vec::new()));
                }
            }
        }
    }

    /// Tries again until the database says how it is, or the worker must go: then the claim is handed over.
    async fn keep_trying(&self, of: Of<'_>, finish: Finish, mut error: Error) -> Result<()> {
        let name = of.job;
        let _one_of_few = self.struggling.acquire().await;
        let (id, mut pause) = (finish.claim.id, FIRST_PAUSE);
        loop {
            match error {
                refused if refused.is_refusal() => return Err(refused),
                Error::Closed => {
                    tracing::error!(job = name, %id, "the handle was closed before a job's end was written; another worker takes it over");
                    return Ok(());
                }
                error => {
                    tracing::error!(job = name, %id, %error, "a job's end could not be written; trying again in {pause:?}")
                }
            }
            tokio::select! {
                biased;
                () = tokio::time::sleep(pause) => {}
                () = self.gone() => {
                    tracing::error!(job = name, %id, "a job's end was not written before its worker stopped; another worker takes it over");
                    return Ok(());
                }
            }
            pause = (pause * 2).min(LAST_PAUSE);
            match self.combiner.submit(finish.clone()).await {
                Ok(ack) => {
                    self.follow(of, finish, ack).await;
                    return Ok(());
                }
                Err(again) => error = again,
            }
        }
    }

    /// What was counted of the ends.
    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    async fn gone(&self) {
        pool::dropping(self.phase.clone()).await;
        tokio::time::sleep(LAST_TRIES).await;
    }

    async fn ended(&self, name: &str, id: crate::JobId, end: End) {
        let dead = end.state == State::Dead;
        self.jobs.inner().wakes.ended(id, || Look {
            state: end.state,
            output: end.output,
            reason: end.reason,
            error: end.error,
        });
        if dead {
            dead_letters::tell(&self.jobs, name, id).await;
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
    /// Waits until it is written, and does what follows: waking, waiters, `on_dead`. Ends also when the worker must
    /// go and the claim is left to others.
    ///
    /// # Errors
    /// The database refuses this very end: another one must be written.
    pub(crate) async fn settle(self, of: Of<'_>) -> Result<()> {
        let answer = match self.answer {
            Ok(answer) => answer.await.unwrap_or(Err(Error::Closed)),
            Err(error) => Err(error),
        };
        match answer {
            Ok(ack) => {
                self.acks.follow(of, self.finish, ack).await;
                Ok(())
            }
            Err(error) => self.acks.keep_trying(of, self.finish, error).await,
        }
    }

    /// The same where there is no other end to write.
    pub(crate) async fn settle_or_leave(self, of: Of<'_>) {
        let (name, id) = (of.job, self.finish.claim.id);
        if let Err(error) = self.settle(of).await {
            tracing::error!(job = name, %id, %error, "the database refuses a job's end; it is taken over when this worker stops");
        }
    }
}
