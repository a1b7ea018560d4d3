//! One pool: claims jobs from its queues and keeps its slots busy.

use std::{collections::VecDeque, future::pending, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::{
    PoolSpec, execute, handle::Phase, instance::Instance, lifecycle::Shared, prefetch::Pace,
    take::Plan,
};
use crate::{
    error::Result,
    storage::{Claim, Claimed, Finish, Next, Take},
};

/// How long a pool waits after a claim failed, doubling up to the second figure.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// How many jobs one claim asks for at most.
const LARGEST_CLAIM: u32 = 5_000;

/// What a claim brought.
struct Catch {
    instance: Arc<Instance>,
    jobs: Vec<Claimed>,
    /// As many as asked for: there are probably more.
    full: bool,
}

struct Pool {
    shared: Arc<Shared>,
    slots: usize,
    plan: Plan,
    pace: Pace,
    busy: usize,
    /// Claimed and not started yet.
    ahead: VecDeque<(Arc<Instance>, Claimed)>,
    done: mpsc::UnboundedSender<Duration>,
    alive: mpsc::Sender<()>,
    claiming: Option<JoinHandle<Result<Catch>>>,
    /// There may be something to claim.
    look: bool,
    /// Something was announced since the claim that is under way began.
    woken: bool,
    pause: Duration,
}

pub(super) async fn run(shared: Arc<Shared>, spec: PoolSpec, alive: mpsc::Sender<()>) {
    let (done, mut ended) = mpsc::unbounded_channel();
    let mut ready = shared.jobs.inner().wakes.ready();
    let mut phase = shared.phase.subscribe();
    let mut pool = Pool {
        slots: spec.concurrency,
        plan: Plan::new(spec.queues, spec.weighted),
        pace: Pace::default(),
        busy: 0,
        ahead: VecDeque::new(),
        done,
        alive,
        claiming: None,
        look: true,
        woken: false,
        pause: FIRST_PAUSE,
        shared,
    };
    loop {
        let now = *phase.borrow_and_update();
        pool.fill_slots(now);
        if now != Phase::Running {
            pool.put_back().await;
        }
        if matches!(now, Phase::Draining | Phase::Dropping)
            && pool.busy == 0
            && pool.claiming.is_none()
        {
            return;
        }
        pool.claim(now);
        let idle = pool.idle();
        tokio::select! {
            Some(took) = ended.recv() => {
                pool.ended(took);
                while let Ok(took) = ended.try_recv() {
                    pool.ended(took);
                }
            }
            caught = caught(&mut pool.claiming) => pool.caught(caught),
            _ = ready.changed() => {
                pool.look = true;
                pool.woken = true;
            }
            () = tokio::time::sleep(idle) => pool.look = true,
            _ = phase.changed() => {}
        }
    }
}

/// The claim under way; never, if there is none.
async fn caught(claiming: &mut Option<JoinHandle<Result<Catch>>>) -> Result<Catch> {
    let Some(under_way) = claiming else {
        return pending().await;
    };
    let caught = under_way.await;
    *claiming = None;
    caught.unwrap_or(Err(crate::error::Error::Closed))
}

impl Pool {
    fn fill_slots(&mut self, phase: Phase) {
        while phase == Phase::Running && self.busy < self.slots {
            let Some((instance, claimed)) = self.ahead.pop_front() else {
                return;
            };
            self.busy += 1;
            let (shared, done, alive) = (
                Arc::clone(&self.shared),
                self.done.clone(),
                self.alive.clone(),
            );
            tokio::spawn(async move {
                let slot = Slot {
                    done,
                    began: std::time::Instant::now(),
                };
                execute::run(&shared, &instance, claimed, slot).await;
                drop(alive);
            });
        }
    }

    /// Prefetched jobs go back at once, in their old places.
    async fn put_back(&mut self) {
        for (instance, claimed) in self.ahead.drain(..) {
            if !instance.is_over() {
                self.shared
                    .acks
                    .put_back(claimed.claim, self.alive.clone())
                    .await;
            }
        }
    }

    fn claim(&mut self, phase: Phase) {
        let ahead = self.pace.prefetch(self.slots);
        let free = self.slots.saturating_sub(self.busy);
        let room = free.saturating_add(ahead).saturating_sub(self.ahead.len());
        let low = self.ahead.len() <= ahead / 2;
        if phase != Phase::Running || !self.look || self.claiming.is_some() || room == 0 || !low {
            return;
        }
        let instance = self.shared.current.get();
        if instance.is_over() {
            return;
        }
        self.woken = false;
        // No batch is larger than a claim can well carry; the next one follows at once.
        let wanted = u32::try_from(room).unwrap_or(u32::MAX).min(LARGEST_CLAIM);
        let (plan, first) = (self.plan.clone(), self.plan.first(wanted));
        let shared = Arc::clone(&self.shared);
        self.claiming = Some(tokio::spawn(async move {
            catch(&shared, instance, &plan, first, wanted).await
        }));
    }

    fn caught(&mut self, caught: Result<Catch>) {
        match caught {
            Ok(catch) => {
                self.look = catch.full || self.woken;
                self.pause = FIRST_PAUSE;
                self.ahead.extend(
                    catch
                        .jobs
                        .into_iter()
                        .map(|job| (Arc::clone(&catch.instance), job)),
                );
            }
            Err(error) => {
                tracing::warn!(%error, "jobs could not be claimed; trying again in {:?}", self.pause);
                self.look = false;
                self.pause = (self.pause * 2).min(LAST_PAUSE);
            }
        }
    }

    fn ended(&mut self, took: Duration) {
        self.busy -= 1;
        self.pace.add(took);
    }

    /// How long to wait for something to happen: the floor below all wake-ups, spread a little.
    fn idle(&self) -> Duration {
        let floor = self.shared.jobs.inner().store.storage().idle_poll();
        let floor = if self.pause > FIRST_PAUSE || self.shared.current.get().is_over() {
            self.pause
        } else {
            floor
        };
        floor.mul_f64(0.9 + rand::random::<f64>() * 0.2)
    }
}

/// Asks for jobs, round by round, until the wanted number came or no queue has more.
async fn catch(
    shared: &Shared,
    instance: Arc<Instance>,
    plan: &Plan,
    first: Vec<Take>,
    wanted: u32,
) -> Result<Catch> {
    let (worker, now) = (instance.id, shared.jobs.inner().clock.now());
    let mut jobs: Vec<Claimed> = Vec::new();
    let mut given: Vec<(Take, u32)> = Vec::new();
    let mut takes = first;
    while !takes.is_empty() {
        let claim = Claim {
            worker,
            takes: takes.clone(),
        };
        let store = &shared.jobs.inner().store;
        let asked = store
            .call(move |storage| async move { storage.claim(claim, now).await })
            .await;
        let got = match asked {
            Ok(got) => got,
            // What came in earlier rounds must not be lost with this one.
            Err(error) if !jobs.is_empty() => {
                tracing::warn!(%error, "a part of a claim failed");
                break;
            }
            Err(error) => return Err(error),
        };
        for take in takes {
            let count = got.iter().filter(|job| job.queue == take.queue).count();
            given.retain(|(before, _)| before.queue != take.queue);
            given.push((take, u32::try_from(count).unwrap_or(u32::MAX)));
        }
        jobs.extend(got);
        let free = wanted.saturating_sub(u32::try_from(jobs.len()).unwrap_or(u32::MAX));
        takes = plan.next(&given, free);
    }
    let full = jobs.len() >= wanted as usize;
    Ok(Catch {
        instance,
        jobs,
        full,
    })
}

/// A slot in use; freed when the job's end has been handed over to be written, or when this is dropped.
pub(super) struct Slot {
    done: mpsc::UnboundedSender<Duration>,
    began: std::time::Instant,
}

impl Drop for Slot {
    fn drop(&mut self) {
        // The pool outlives its jobs.
        let _ = self.done.send(self.began.elapsed());
    }
}

/// The end of a claim whose job was never called.
pub(super) fn put_back(claim: crate::storage::ClaimRef) -> Finish {
    Finish {
        claim,
        ran: None,
        to: Next::PutBack,
    }
}

/// Resolves when running jobs are to be dropped.
pub(super) async fn dropping(mut phase: watch::Receiver<Phase>) {
    // A closed channel means that the worker is gone, and its jobs with it.
    let _ = phase.wait_for(|phase| *phase == Phase::Dropping).await;
}
