//! One pool: claims jobs from its queues and keeps its slots busy.

use std::{collections::VecDeque, future::pending, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::Instant,
};

use super::{
    PoolSpec, execute,
    handle::Phase,
    instance::Instance,
    lifecycle::Shared,
    look::Looks,
    prefetch::{Pace, STALLED},
    take::Plan,
};
use crate::{
    error::{Error, Result},
    handle::Offer,
    storage::{Claim, Claimed, Finish, Next, Take},
};

/// How many jobs one claim asks for at most.
const LARGEST_CLAIM: u32 = 5_000;

/// One request of a turn.
struct Asked {
    instance: Arc<Instance>,
    takes: Vec<Take>,
    under_way: JoinHandle<Result<Vec<Claimed>>>,
}

/// A claimed job that waits for a slot.
struct Waiting {
    instance: Arc<Instance>,
    claimed: Claimed,
    since: Instant,
}

struct Pool {
    shared: Arc<Shared>,
    slots: usize,
    plan: Plan,
    pace: Pace,
    looks: Looks,
    busy: usize,
    ahead: VecDeque<Waiting>,
    done: mpsc::UnboundedSender<Duration>,
    alive: mpsc::Sender<()>,
    /// Its free slots, for jobs that are enqueued in this process.
    offer: Offer,
    asked: Option<Asked>,
    /// The turn that is under way goes on with this request, for so many jobs.
    takes: Vec<Take>,
    wanted: u32,
    /// Its queues have changed, and what was claimed before may be of others.
    moved: bool,
}

/// Runs until its settings are taken away, or the worker stops.
pub(super) async fn run(
    shared: Arc<Shared>,
    mut settings: watch::Receiver<Option<PoolSpec>>,
    alive: mpsc::Sender<()>,
) {
    let Some(spec) = settings.borrow_and_update().clone() else {
        return;
    };
    let mut gone = false;
    let (done, mut ended) = mpsc::unbounded_channel();
    let mut ready = shared.jobs.inner().wakes.ready();
    let mut phase = shared.phase.subscribe();
    let mut paused = shared.jobs.inner().wakes.paused();
    let (offer, mut given) = shared.jobs.inner().openings.offer();
    let mut pool = Pool {
        slots: spec.concurrency,
        plan: Plan::new(spec.queues, spec.weighted),
        pace: Pace::default(),
        looks: Looks::new(Instant::now()),
        busy: 0,
        ahead: VecDeque::new(),
        done,
        alive,
        offer,
        asked: None,
        takes: Vec::new(),
        wanted: 0,
        moved: false,
        shared,
    };
    loop {
        pool.put_back_others().await;
        let mut now = *phase.borrow_and_update();
        if gone && now != Phase::Dropping {
            now = Phase::Draining;
        }
        let stopped = Arc::clone(&paused.borrow_and_update());
        if !stopped.is_empty() {
            pool.put_back(|job| stopped.contains(&job.queue)).await;
        }
        pool.fill_slots(now);
        if now != Phase::Running {
            pool.put_back(|_| true).await;
        }
        if matches!(now, Phase::Draining | Phase::Dropping)
            && pool.busy == 0
            && pool.asked.is_none()
            && !pool.offer.is_taken()
            && given.is_empty()
        {
            return;
        }
        pool.claim(now);
        pool.offer_slots(now, ready.has_changed().unwrap_or(true));
        let deadline = pool.deadline();
        // What is rare comes first, so that it waits for nothing that comes without a pause; a simulation needs an order.
        tokio::select! {
            biased;
            Ok(()) = phase.changed() => {}
            Ok(()) = settings.changed() => match settings.borrow_and_update().clone() {
                Some(spec) => pool.change(spec),
                None => gone = true,
            },
            Ok(()) = paused.changed() => {}
            answer = answer(&mut pool.asked) => pool.caught(answer),
            Some(jobs) = given.recv() => pool.given(jobs),
            Some(took) = ended.recv() => {
                pool.ended(took);
                while let Ok(took) = ended.try_recv() {
                    pool.ended(took);
                }
            }
            Ok(()) = ready.changed() => pool.looks.wake(),
            () = tokio::time::sleep_until(deadline) => pool.put_back_stalled().await,
        }
    }
}

/// What the request under way brought; never, if there is none.
async fn answer(asked: &mut Option<Asked>) -> (Arc<Instance>, Vec<Take>, Result<Vec<Claimed>>) {
    let Some(request) = asked else {
        return pending().await;
    };
    let answer = (&mut request.under_way).await;
    let (instance, takes) = (
        Arc::clone(&request.instance),
        std::mem::take(&mut request.takes),
    );
    *asked = None;
    (instance, takes, answer.unwrap_or(Err(Error::Closed)))
}

impl Pool {
    fn fill_slots(&mut self, phase: Phase) {
        while phase == Phase::Running && self.busy < self.slots {
            let Some(Waiting {
                instance, claimed, ..
            }) = self.ahead.pop_front()
            else {
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
                    began: Instant::now(),
                };
                execute::run(&shared, &instance, claimed, slot, alive).await;
            });
        }
    }

    /// Prefetched jobs go back at once, in their old places.
    async fn put_back(&mut self, which: impl Fn(&Claimed) -> bool) {
        if !self.ahead.iter().any(|waiting| which(&waiting.claimed)) {
            return;
        }
        for waiting in std::mem::take(&mut self.ahead) {
            if !which(&waiting.claimed) {
                self.ahead.push_back(waiting);
            } else if !waiting.instance.is_over() {
                self.shared
                    .acks
                    .put_back(waiting.claimed.claim, self.alive.clone())
                    .await;
            }
        }
    }

    /// Takes other settings. Running jobs go on, whatever their queue and however many they are.
    fn change(&mut self, spec: PoolSpec) {
        self.slots = spec.concurrency;
        self.plan = Plan::new(spec.queues, spec.weighted);
        self.takes.clear();
        self.looks.wake();
        self.moved = true;
    }

    /// What was claimed for queues that are not this pool's any more goes back.
    async fn put_back_others(&mut self) {
        if self.moved {
            let plan = self.plan.clone();
            self.put_back(|job| !plan.has(&job.queue)).await;
            // The request that is under way may still bring some.
            self.moved = self.asked.is_some();
        }
    }

    /// Jobs that wait here while all slots are taken by long ones are for others to run.
    async fn put_back_stalled(&mut self) {
        if self.stalled().is_some_and(|at| at <= Instant::now()) {
            self.pace.forget();
            self.put_back(|_| true).await;
        }
    }

    /// When the longest waiting of the prefetched jobs has waited too long.
    fn stalled(&self) -> Option<Instant> {
        let since = self.ahead.iter().map(|waiting| waiting.since).min();
        since.map(|since| since + STALLED)
    }

    /// Makes a request, if there is none, and there is reason and room for one.
    fn claim(&mut self, phase: Phase) {
        let instance = self.shared.current.get();
        if phase != Phase::Running || instance.is_over() {
            self.takes.clear();
            return;
        }
        if self.asked.is_some() || (self.takes.is_empty() && !self.begin_turn()) {
            return;
        }
        let takes = std::mem::take(&mut self.takes);
        let claim = Claim {
            worker: instance.id,
            takes: takes.clone(),
        };
        let inner = self.shared.jobs.inner();
        let (store, now) = (inner.store.clone(), inner.clock.now());
        self.asked = Some(Asked {
            instance,
            takes,
            under_way: store.start(move |storage| async move { storage.claim(claim, now).await }),
        });
    }

    /// Offers the slots that are free while nothing is known to wait for them.
    fn offer_slots(&mut self, phase: Phase, woken: bool) {
        let instance = self.shared.current.get();
        let idle = phase == Phase::Running
            && !woken
            && !instance.is_over()
            && self.asked.is_none()
            && self.ahead.is_empty()
            && self.looks.found_nothing();
        let free = self.slots.saturating_sub(self.busy);
        let free = if idle { free } else { 0 };
        self.offer.set(instance.id, free, self.plan.queues());
    }

    /// Jobs that were inserted into the slots it offered.
    fn given(&mut self, jobs: Vec<Claimed>) {
        if !jobs.is_empty() {
            // As after every enqueue: it finds what nobody has announced, too.
            self.looks.wake();
        }
        let instance = self.shared.current.get();
        // Of an earlier incarnation, which is over: others take them over.
        let ours = |job: &Claimed| job.claim.worker == instance.id;
        self.queue_up(&instance, jobs.into_iter().filter(ours), Instant::now());
    }

    /// What came waits for slots.
    fn queue_up(
        &mut self,
        instance: &Arc<Instance>,
        jobs: impl IntoIterator<Item = Claimed>,
        now: Instant,
    ) {
        self.ahead.extend(jobs.into_iter().map(|claimed| Waiting {
            instance: Arc::clone(instance),
            claimed,
            since: now,
        }));
        // What strict order puts first does not wait for what was prefetched before.
        let plan = &self.plan;
        self.ahead
            .make_contiguous()
            .sort_by_key(|waiting| plan.place(&waiting.claimed.queue));
    }

    fn begin_turn(&mut self) -> bool {
        let ahead = self.pace.prefetch(self.slots);
        let free = self.slots.saturating_sub(self.busy);
        let room = free.saturating_add(ahead).saturating_sub(self.ahead.len());
        let low = self.ahead.len() <= ahead / 2;
        if room == 0 || !low || !self.looks.now(Instant::now()) {
            return false;
        }
        self.looks.begin();
        // No batch is larger than a claim can well carry; the next one follows at once.
        self.wanted = u32::try_from(room).unwrap_or(u32::MAX).min(LARGEST_CLAIM);
        self.takes = self.plan.first(self.wanted);
        !self.takes.is_empty()
    }

    /// What came waits for slots; the turn goes on while it left some free and a queue may have more.
    fn caught(&mut self, (instance, takes, got): (Arc<Instance>, Vec<Take>, Result<Vec<Claimed>>)) {
        let now = Instant::now();
        let got = match got {
            Ok(got) => got,
            Err(error) => {
                let pause = self.looks.failed(now);
                tracing::warn!(%error, "jobs could not be claimed; trying again in {pause:?}");
                return;
            }
        };
        let came = |take: &Take| got.iter().filter(|job| job.queue == take.queue).count();
        let given: Vec<_> = takes
            .into_iter()
            .map(|take| {
                let came = u32::try_from(came(&take)).unwrap_or(u32::MAX);
                (take, came)
            })
            .collect();
        let came = u32::try_from(got.len()).unwrap_or(u32::MAX);
        self.wanted = self.wanted.saturating_sub(came);
        self.queue_up(&instance, got, now);
        self.takes = self.plan.next(&given, self.wanted);
        if self.takes.is_empty() {
            let floor = self.floor();
            self.looks.done(self.wanted == 0, now, floor);
        }
    }

    fn ended(&mut self, took: Duration) {
        self.busy -= 1;
        self.pace.add(took);
    }

    /// How long to wait for announcements: the floor below them all, spread a little.
    fn floor(&self) -> Duration {
        let inner = self.shared.jobs.inner();
        let floor = inner.store.storage().idle_poll();
        let floor = inner.live.poll().map_or(floor, |poll| poll.min(floor));
        floor.mul_f64(0.9 + crate::dice::random() * 0.2)
    }

    /// When something is to be done though nothing has happened.
    fn deadline(&mut self) -> Instant {
        let floor = self.floor();
        self.looks.postpone(Instant::now(), floor);
        let look = self.looks.deadline();
        self.stalled().map_or(look, |stalled| stalled.min(look))
    }
}

impl Slot {
    /// One that `done` is told of.
    #[cfg(feature = "testing")]
    pub(super) fn new(done: mpsc::UnboundedSender<Duration>) -> Self {
        let began = Instant::now();
        Self { done, began }
    }
}

/// A slot in use; freed when the job's end has been handed over to be written, or when this is dropped.
pub(super) struct Slot {
    done: mpsc::UnboundedSender<Duration>,
    began: Instant,
}

impl Drop for Slot {
    fn drop(&mut self) {
        // The pool outlives its jobs.
        let _ = self.done.send(self.began.elapsed());
    }
}

/// The end of a claim whose job was never called.
pub(crate) fn put_back(claim: crate::storage::ClaimRef) -> Finish {
    Finish {
        claim,
        ran: None,
        logs: None,
        to: Next::PutBack,
    }
}

/// Resolves when running jobs are to be dropped.
pub(super) async fn dropping(mut phase: watch::Receiver<Phase>) {
    // A closed channel means that the worker is gone, and its jobs with it.
    let _ = phase.wait_for(|phase| *phase == Phase::Dropping).await;
}
