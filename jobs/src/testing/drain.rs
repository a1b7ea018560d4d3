//! Running jobs: what is due, or all that will be.

use std::{future::IntoFuture, sync::atomic::Ordering, time::Duration};

use chrono::TimeDelta;
use futures_core::future::BoxFuture;

use super::{Kit, Run};
use crate::{
    error::Result, handle::Jobs, job::Job, maintenance, queue::Queue, storage::Claimed,
    worker::drive::Driver,
};

/// A drain about to begin: await it. Made by [`TestJobs::drain`](super::TestJobs::drain) and
/// [`drain_all`](super::TestJobs::drain_all).
///
/// ```
/// # mod tasks {
/// # #[jobs::job] pub async fn tidy() {}
/// # #[jobs::job] pub async fn report() {}
/// # }
/// # use tasks::{Report, Tidy};
/// # jobs::queues! { default, low }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let t = jobs::testing::TestJobs::new().await;
/// Tidy::perform_later().await.unwrap();
/// Report::perform_later().await.unwrap();
/// let run = t.drain().only::<Tidy>().await;
/// assert_eq!((run.executions::<Tidy>(), run.len()), (1, 1));
/// assert!(t.drain().except::<Report>().await.is_empty());
/// assert!(t.drain().queue(queues::low).await.is_empty());
/// jobs::assert_enqueued!(Report, times = 1); // it still waits, in its old place
/// # }
/// ```
///
/// # Panics
/// When awaited: the database fails; a job lacks its `#[state]`; more than [`limit`](super::TestJobs::limit) jobs ran.
#[must_use = "a drain begins when it is awaited"]
#[derive(Debug)]
pub struct Drain {
    jobs: Jobs,
    /// Moves the clock.
    all: bool,
    only: Vec<&'static str>,
    except: Vec<&'static str>,
    queues: Vec<&'static str>,
}

impl Drain {
    pub(super) fn new(jobs: Jobs, all: bool) -> Self {
        Self {
            jobs,
            all,
            only: Vec::new(),
            except: Vec::new(),
            queues: Vec::new(),
        }
    }

    /// Runs jobs of this type, and of others named so, and leaves the rest.
    pub fn only<J: Job>(mut self) -> Self {
        self.only.push(J::NAME);
        self
    }

    /// Leaves jobs of this type.
    pub fn except<J: Job>(mut self) -> Self {
        self.except.push(J::NAME);
        self
    }

    /// Runs jobs of this queue, and of others named so, and leaves the rest.
    pub fn queue(mut self, queue: Queue) -> Self {
        self.queues.push(queue.name());
        self
    }

    fn wants(&self, claimed: &Claimed) -> bool {
        let known = self.jobs.inner().registry.job(claimed.kind);
        let name = known.map_or("", |job| job.name);
        let among = |list: &[&str], name: &str| list.is_empty() || list.contains(&name);
        among(&self.only, name)
            && among(&self.queues, &claimed.queue)
            && !self.except.contains(&name)
    }
}

impl IntoFuture for Drain {
    type Output = Run;
    type IntoFuture = BoxFuture<'static, Run>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let kit = kit(&self.jobs);
            let from = kit.log().count();
            if let Err(error) = drain(&self, &kit).await {
                panic!("the drain could not go on: {error}");
            }
            let executions = kit.log().since(from);
            Run::new(executions)
        })
    }
}

/// After an enqueue in inline mode.
pub(crate) fn run_inline(jobs: &Jobs) -> BoxFuture<'static, ()> {
    let drain = Drain::new(jobs.clone(), false);
    Box::pin(async move { drop(drain.await) })
}

fn kit(jobs: &Jobs) -> std::sync::Arc<Kit> {
    // Only a kit makes drains.
    let kit = jobs.inner().kit.clone();
    kit.unwrap_or_else(|| panic!("a drain of a handle that is no test's"))
}

async fn drain(drain: &Drain, kit: &Kit) -> Result<()> {
    let jobs = &drain.jobs;
    // Retention is on the kit's clock.
    if kit.moved.swap(false, Ordering::Relaxed) {
        maintenance::prune(jobs).await?;
    }
    let mut driver = Driver::start(jobs).await?;
    let mut passed_by = Vec::new();
    #[cfg(feature = "cron")]
    driver.tick().await?;
    let began = kit.log().count();
    let mut next = due(drain, kit, &mut driver, &mut passed_by, began).await?;
    while let Some(wait) = next.filter(|_| drain.all) {
        // What is less than the database can tell apart is due all the same.
        let wait = wait.max(Duration::from_micros(1));
        kit.moved.store(true, Ordering::Relaxed);
        kit.clock
            .advance(TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX));
        next = due(drain, kit, &mut driver, &mut passed_by, began).await?;
    }
    driver.put_back(passed_by).await;
    driver.stop().await
}

/// Runs what is due now, and what that enqueues; how long until something else is.
async fn due(
    drain: &Drain,
    kit: &Kit,
    driver: &mut Driver,
    passed_by: &mut Vec<Claimed>,
    began: usize,
) -> Result<Option<Duration>> {
    loop {
        let promoted = maintenance::promote(&drain.jobs).await?;
        let claimed = driver.claim(kit.slots).await?;
        if claimed.is_empty() && promoted.moved == 0 {
            return Ok(promoted.next_in);
        }
        let (wanted, others): (Vec<_>, Vec<_>) =
            claimed.into_iter().partition(|job| drain.wants(job));
        // They are kept from being claimed again until the end.
        passed_by.extend(others);
        driver.run(wanted).await?;
        not_for_ever(kit, began);
    }
}

/// A job that enqueues itself, or is retried without end, ends the test and not the day.
fn not_for_ever(kit: &Kit, began: usize) {
    let limit = kit.limit.load(Ordering::Relaxed);
    let ran = kit.log().since(began);
    if ran.len() as u64 <= limit {
        return;
    }
    let mut counts = std::collections::BTreeMap::<_, usize>::new();
    for one in &ran {
        *counts.entry(one.job).or_default() += 1;
    }
    let counts: Vec<_> = counts
        .iter()
        .map(|(job, count)| format!("{job} {count} times"))
        .collect();
    panic!(
        "a drain ran more than {limit} jobs ({}): one that enqueues itself, or is retried without end? `t.limit(n)` allows more",
        counts.join(", ")
    );
}
