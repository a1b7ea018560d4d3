//! One simulation: processes with workers, clients that enqueue, and what is done to them; then all is well again, and
//! everything must come to its end.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jobs::{
    Error, JobId, Jobs, State, WorkerHandle,
    storage::{Ack, Storage as _},
    testing,
};
use jobs_tests::model::{Model, World};

use crate::{
    network::Link,
    scene::Scene,
    work::{Aside, Here, Limited, OnceWaiting, Plain, Rated, Unique},
};

/// How long records stay: longer than a simulation.
const RETAIN: Duration = Duration::from_secs(365 * 86_400);
/// Within so long after the last fault everything must have ended, an hour's jump of a clock included.
const PATIENCE: Duration = Duration::from_secs(3 * 3_600);

/// What a seed brought.
pub struct Played {
    pub steps: u64,
    /// The same number for the same steps.
    pub digest: u64,
    pub jobs: usize,
    pub wrong: Option<String>,
}

struct Stage {
    scene: Arc<Scene>,
    world: Arc<Mutex<World>>,
}

/// One process with a worker.
struct Running {
    link: Arc<Link>,
    /// Dropped with it.
    _jobs: Jobs,
    worker: Option<WorkerHandle>,
}

/// Plays one seed, in this thread and in virtual time.
pub fn play(seed: u64, printing: bool) -> Played {
    testing::seed_simulation(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let stage = Stage {
            scene: Arc::new(Scene::new(seed, printing)),
            world: Arc::default(),
        };
        stage.play().await;
        let (steps, digest) = stage.scene.digest();
        Played {
            steps,
            digest,
            jobs: stage.world().jobs.len(),
            wrong: stage.scene.failure(),
        }
    })
}

impl Stage {
    fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connection(&self, link: &Arc<Link>) -> Arc<Model> {
        Arc::new(Model::new(Arc::clone(&self.world), Arc::clone(link) as _))
    }

    async fn connect(&self, link: &Arc<Link>) -> jobs::Result<Jobs> {
        let clock = Arc::clone(link);
        let here = Here {
            scene: Arc::clone(&self.scene),
            link: Arc::clone(link),
        };
        testing::simulated(self.connection(link), move || clock.clock())
            .state(here)
            .retain(RETAIN)
            .retain_dead(RETAIN)
            .connect()
            .await
    }

    /// A process with a worker begins, however often it takes.
    async fn process(&self, name: String) -> Running {
        loop {
            let link = Link::new(&self.scene, name.clone());
            if let Ok(jobs) = self.connect(&link).await {
                let worker = jobs
                    .worker()
                    .concurrency(3)
                    .lease(Duration::from_secs(30))
                    .shutdown_timeout(Duration::from_secs(5))
                    .start()
                    .await;
                if let Ok(worker) = worker {
                    let worker = Some(worker);
                    return Running {
                        link,
                        _jobs: jobs,
                        worker,
                    };
                }
            }
            link.kill();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn play(&self) {
        let mut processes = Vec::new();
        for n in 0..3 {
            processes.push(self.process(format!("worker {n}")).await);
        }
        let clients = futures_util::future::join_all((0..2).map(|n| self.client(n)));
        let mut clients = std::pin::pin!(clients);
        let blows = self.scene.weather.blows;
        let mut next = 3;
        loop {
            let wait = self.scene.seconds(blows.unwrap_or(100.0));
            tokio::select! {
                biased;
                _ = &mut clients => break,
                () = tokio::time::sleep(wait) => {}
            }
            if self.scene.failure().is_some() {
                return;
            }
            if blows.is_some() {
                self.blow(&mut processes, &mut next).await;
            }
        }
        self.scene.heal();
        for process in &processes {
            process.link.release();
        }
        self.ends().await;
        for mut process in processes {
            if let Some(worker) = process.worker.take()
                && let Err(error) = worker.stop().await
            {
                self.scene
                    .fail(format!("{} cannot stop: {error}", process.link.name));
            }
        }
    }

    /// Something happens to one of the processes.
    async fn blow(&self, processes: &mut [Running], next: &mut usize) {
        let at = self.scene.pick(processes.len());
        let link = Arc::clone(&processes[at].link);
        match self.scene.pick(6) {
            0 => {
                link.kill();
                tokio::time::sleep(self.scene.seconds(20.0)).await;
                processes[at] = self.process(format!("worker {next}")).await;
                *next += 1;
            }
            1 => link.hold(self.scene.seconds(60.0)),
            2 => link.skew(self.scene.jump()),
            3 => self.scene.move_clock(self.scene.jump()),
            4 => self.send_again().await,
            _ => {
                if let Some(worker) = processes[at].worker.take() {
                    // One that stands still, or cannot write, takes its time: it is killed then.
                    let stopped = tokio::time::timeout(Duration::from_secs(60), worker.stop());
                    let stopped = stopped.await;
                    self.scene
                        .note(&format!("{} has stopped: {}", link.name, stopped.is_ok()));
                }
                link.kill();
                processes[at] = self.process(format!("worker {next}")).await;
                *next += 1;
            }
        }
    }

    /// Ends come once more, late: they change nothing.
    async fn send_again(&self) {
        let Some(done) = self.scene.sent_before() else {
            return;
        };
        let held: Vec<_> = done
            .iter()
            .map(|one| {
                let job = self.world().jobs.get(&one.claim.id).cloned();
                job.is_some_and(|job| {
                    job.worker() == Some(one.claim.worker) && job.fence == one.claim.fence
                })
            })
            .collect();
        let link = Link::steady(&self.scene, "the network, again");
        let acks = self.connection(&link).finish(done, None).await;
        let acks = acks.unwrap_or_default();
        for (ack, held) in acks.into_iter().zip(held) {
            // It was never written: this is the first time that it comes.
            self.scene.note(&format!("held {held}: {ack:?}"));
            if held && ack == Ack::Stale {
                self.scene
                    .fail("an end of the row's own claim is stale".to_owned());
            }
        }
    }

    /// A program that enqueues, cancels, pauses and retries.
    async fn client(&self, n: usize) {
        let link = Link::new(&self.scene, format!("client {n}"));
        let jobs = loop {
            match self.connect(&link).await {
                Ok(jobs) => break jobs,
                Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
            }
        };
        for step in 0..25 {
            tokio::time::sleep(self.scene.seconds(4.0)).await;
            if let Err(error) = self.act(&jobs, step).await
                && !error.is_transient()
            {
                self.scene.fail(format!("client {n}: {error}"));
            }
            if self.scene.failure().is_some() {
                return;
            }
        }
        // A pause that was asked for is not to outlast the client.
        while let Err(error) = jobs.queue(crate::queues::side).resume().await {
            self.scene
                .note(&format!("client {n} cannot resume: {error}"));
        }
    }

    fn stored(&self, id: JobId) {
        self.scene.promised(id);
    }

    async fn act(&self, jobs: &Jobs, step: u32) -> Result<(), Error> {
        let key = u32::try_from(self.scene.pick(3)).unwrap_or(0);
        match self.scene.pick(12) {
            0 | 1 => self.stored(jobs.enqueue(Plain { n: step }).await?.id()),
            2 => {
                let wait = self.scene.seconds(30.0);
                self.stored(jobs.enqueue(Plain { n: step }).wait(wait).await?.id());
            }
            3 => self.stored(jobs.enqueue(Aside { n: step }).await?.id()),
            4 => {
                for _ in 0..4 {
                    self.stored(jobs.enqueue(Limited { key }).await?.id());
                }
            }
            5 => {
                for _ in 0..2 {
                    self.stored(jobs.enqueue(Unique { key }).await?.id());
                    self.stored(jobs.enqueue(OnceWaiting { key }).await?.id());
                }
            }
            6 => {
                for _ in 0..5 {
                    self.stored(jobs.enqueue(Rated { key }).await?.id());
                }
            }
            7 => {
                let promised: Vec<JobId> = self.scene.promises().into_iter().collect();
                if let Some(id) = promised.get(self.scene.pick(promised.len())) {
                    jobs.handle::<Plain>(*id).cancel().await?;
                }
            }
            8 => jobs.queue(crate::queues::side).pause().await?,
            9 => jobs.queue(crate::queues::side).resume().await?,
            10 => drop(jobs.dead_letters().unresolved().retry_all().await?),
            _ => {
                let inner = jobs::batch("inner").add_all((0..2).map(|n| Plain { n }));
                jobs::batch("outer")
                    .add_all((0..3).map(|n| Aside { n }))
                    .add(Limited { key })
                    .add_batch(inner)
                    .on_complete(Plain { n: 1_000 })
                    .on_death(Plain { n: 1_001 })
                    .on_success(Plain { n: 1_002 })
                    .on(jobs)
                    .enqueue()
                    .await?;
            }
        }
        Ok(())
    }

    /// Waits until every job has ended, but for those of ticks, which never come to an end.
    async fn ends(&self) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if self.scene.failure().is_some() {
                return;
            }
            let open: Vec<String> = {
                let world = self.world();
                let open = world.jobs.values().filter(|job| {
                    !job.state().is_final() && world.kind_name(job.kind) != Some("Tick")
                });
                open.map(|job| format!("{} {:?}", job.id, job.stage))
                    .collect()
            };
            if open.is_empty() {
                return self.ended();
            }
            if tokio::time::Instant::now() > deadline {
                self.scene.fail(format!(
                    "{} have not ended: {}",
                    open.len(),
                    open.join(", ")
                ));
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// What must be true of the whole.
    fn ended(&self) {
        let world = self.world();
        for row in world.groups() {
            if row.group.counts.open > 0 {
                self.scene.fail(format!("a group is open: {:?}", row.group));
            }
        }
        let well = world
            .jobs
            .values()
            .filter(|job| job.state() == State::Succeeded);
        if well.count() == 0 {
            self.scene.fail("no job has succeeded".to_owned());
        }
    }
}
