//! For tests of jobs: a clock that moves when told. More comes with a later release.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{Jobs, clock::Clock, handle::JobsBuilder, storage::Wake};

/// A clock that stands still until it is moved; due times, retries and retention of its handle follow it.
///
/// ```
/// # use std::time::Duration;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> jobs::Result<()> {
/// let clock = jobs::testing::TestClock::new();
/// let jobs = clock.builder("sqlite::memory:").connect().await?;
/// let before = clock.now();
/// clock.advance(&jobs, Duration::from_secs(3600));
/// assert_eq!(clock.now() - before, chrono::TimeDelta::hours(1));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct TestClock {
    clock: Clock,
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl TestClock {
    /// Stands at a time.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> jobs::Result<()> {
    /// let noon = "2027-01-01T12:00:00Z".parse().expect("a time");
    /// let clock = jobs::testing::TestClock::at(noon);
    /// let jobs = clock.drive(jobs::Jobs::builder("sqlite::memory:")).connect().await?;
    /// clock.travel_to("2027-01-02T12:00:00Z".parse().expect("a time"));
    /// clock.tick(&jobs).await?; // what recurring tasks are due for is enqueued
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn at(time: DateTime<Utc>) -> Self {
        Self {
            clock: Clock::manual(time),
        }
    }

    /// Stands at the present time.
    #[must_use]
    pub fn new() -> Self {
        Self {
            clock: Clock::manual(Utc::now()),
        }
    }

    /// A builder whose handle goes by this clock.
    pub fn builder(&self, url: &str) -> JobsBuilder {
        Jobs::builder(url).clock(self.clock.clone())
    }

    /// The same for a builder that has settings already.
    pub fn drive(&self, builder: JobsBuilder) -> JobsBuilder {
        builder.clock(self.clock.clone())
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.utc()
    }

    /// Does what a worker's scheduler does: enqueues the ticks of recurring tasks that are due by this clock.
    ///
    /// # Errors
    /// The database fails.
    #[cfg(feature = "cron")]
    pub async fn tick(&self, jobs: &Jobs) -> crate::Result<()> {
        let names = crate::recurring::declare(jobs, None, false).await?;
        crate::recurring::round(jobs, &names).await.map(drop)
    }

    /// Sets it, and tells nobody.
    pub fn travel_to(&self, time: DateTime<Utc>) {
        let by = time - self.clock.utc();
        self.clock.advance(by);
    }

    /// Moves it forward, at most to the year 8000, and lets workers of `jobs` look at what is due now.
    pub fn advance(&self, jobs: &Jobs, by: std::time::Duration) {
        self.clock
            .advance(TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX));
        jobs.inner().wakes.here(&Wake::All);
    }
}
