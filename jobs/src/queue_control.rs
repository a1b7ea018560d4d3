//! `jobs.queue(queues::low)`: what an operator does with a queue.

use std::time::Duration;

use crate::{
    error::Result,
    handle::Jobs,
    queue::Queue,
    record::State,
    storage::{Look, Wake},
};

/// So far `len` counts.
const COUNTED: u64 = 1_000_000;
/// So many jobs are cancelled in one transaction.
const BATCH: u32 = 1_000;

/// One queue of a database.
///
/// ```
/// # jobs::queues! { low }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> jobs::Result<()> {
/// # let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
/// let low = jobs.queue(queues::low);
/// low.pause().await?;
/// println!("{} jobs wait, the oldest for {:?}", low.len().await?, low.latency().await?);
/// assert!(low.is_paused().await?);
/// low.clear().await?; // ready jobs end as cancelled
/// low.resume().await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct QueueControl {
    jobs: Jobs,
    queue: Queue,
}

impl Jobs {
    /// One queue: to pause it, to see how full it is, to empty it.
    pub fn queue(&self, queue: Queue) -> QueueControl {
        QueueControl {
            jobs: self.clone(),
            queue,
        }
    }
}

impl QueueControl {
    /// No worker takes jobs from it until it is resumed; running ones go on. Enqueuing goes on, too. Holds for all
    /// processes, over restarts.
    ///
    /// # Errors
    /// The database fails.
    pub async fn pause(&self) -> Result<()> {
        self.set_paused(true).await
    }

    /// Workers take jobs from it again.
    ///
    /// # Errors
    /// The database fails.
    pub async fn resume(&self) -> Result<()> {
        self.set_paused(false).await
    }

    /// Whether it is paused.
    ///
    /// # Errors
    /// The database fails.
    pub async fn is_paused(&self) -> Result<bool> {
        let queues = self
            .jobs
            .inner()
            .store
            .call(|storage| async move { storage.queues().await })
            .await?;
        let known = queues.iter().find(|queue| queue.name == self.queue.name());
        Ok(known.is_some_and(|queue| queue.paused))
    }

    /// How many of its jobs are ready to run. It counts them, up to a million.
    ///
    /// # Errors
    /// The database fails.
    #[allow(
        clippy::len_without_is_empty,
        reason = "both would be a question to the database"
    )]
    pub async fn len(&self) -> Result<u64> {
        let name = self.queue.name().to_owned();
        self.jobs
            .inner()
            .store
            .call(move |storage| async move { storage.count_ready(name, COUNTED).await })
            .await
    }

    /// For how long the oldest of its ready jobs has been due; zero if none is ready.
    ///
    /// # Errors
    /// The database fails.
    pub async fn latency(&self) -> Result<Duration> {
        let inner = self.jobs.inner();
        let (name, now) = (self.queue.name().to_owned(), inner.clock.now());
        let ages = inner
            .store
            .call(move |storage| async move { storage.ages_of_oldest(vec![name], now).await })
            .await?;
        Ok(ages.first().map(|(_, age)| *age).unwrap_or_default())
    }

    /// Cancels its ready jobs, in steps of a thousand; how many there were. Scheduled, blocked and running ones stay.
    ///
    /// # Errors
    /// The database fails; what was cancelled before stays so.
    pub async fn clear(&self) -> Result<u64> {
        clear(&self.jobs, self.queue.name()).await
    }

    async fn set_paused(&self, paused: bool) -> Result<()> {
        let inner = self.jobs.inner();
        let name = self.queue.name().to_owned();
        inner
            .store
            .call(move |storage| async move { storage.set_paused(name, paused, None).await })
            .await?;
        let mut wakes = vec![Wake::Settings];
        if !paused {
            wakes.push(Wake::Ready(vec![self.queue.name().into()]));
        }
        inner.wakes.everywhere(wakes);
        Ok(())
    }
}

/// Cancels the ready jobs of a queue, in steps; how many there were.
pub(crate) async fn clear(jobs: &Jobs, queue: &str) -> Result<u64> {
    let inner = jobs.inner();
    let mut cleared = 0;
    loop {
        let (name, now) = (queue.to_owned(), inner.clock.now());
        // They are of many kinds, which one transaction does not tell apart: the handle's time holds for all.
        let retain = inner
            .keep()
            .retain(None, State::Cancelled)
            .unwrap_or_default();
        let gone = inner
            .store
            .call(move |storage| async move { storage.clear_ready(name, BATCH, retain, now).await })
            .await?;
        for id in &gone {
            inner.wakes.ended(*id, || Look {
                state: State::Cancelled,
                output: None,
                reason: None,
                error: None,
            });
        }
        cleared += gone.len() as u64;
        if gone.len() < BATCH as usize {
            return Ok(cleared);
        }
    }
}
