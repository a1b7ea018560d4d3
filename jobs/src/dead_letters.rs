//! Dead letters: jobs that failed for good, to be looked at, retried or discarded by hand.

use std::{ops::Deref, time::Duration};

use chrono::{DateTime, Utc};

use crate::{
    error::{Error, Result},
    failure::JobError,
    handle::Jobs,
    job::Job,
    queue::Queue,
    record::JobRecord,
    storage::{Letter, LetterFilter, Resolve, Resolved, Wake},
};

/// How many letters `list` gives without a page.
const MOST: u32 = 1_000;
/// How many letters are on a page.
const PAGE: u32 = 50;
/// How many letters one transaction of `retry_all` takes.
const CHUNK: u32 = 500;

/// A choice of dead letters.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> jobs::Result<()> {
/// # let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
/// for letter in jobs.dead_letters().unresolved().error("timed out").list().await? {
///     println!("{} {}: {}", letter.died_at, letter.name, letter.error.message());
///     letter.retry().await?;
/// }
/// let retried = jobs.dead_letters().unresolved().retry_all().await?;
/// assert_eq!(retried, 0);
/// # Ok(()) }
/// ```
#[must_use = "a choice of dead letters does nothing until it is listed or retried"]
#[derive(Debug, Clone)]
pub struct DeadLetters {
    jobs: Jobs,
    filter: LetterFilter,
    page: Option<u32>,
}

impl DeadLetters {
    pub(crate) fn new(jobs: Jobs) -> Self {
        Self {
            jobs,
            filter: LetterFilter::default(),
            page: None,
        }
    }

    /// Of one job, its former names included.
    pub fn of<J: Job>(mut self) -> Self {
        let job = J::__definition();
        self.filter.names = std::iter::once(&job.name)
            .chain(job.aliases)
            .map(|name| (*name).to_owned())
            .collect();
        self
    }

    /// From one queue.
    pub fn queue(mut self, queue: Queue) -> Self {
        self.filter.queue = Some(queue.name().to_owned());
        self
    }

    /// With this text, in upper or lower case, in the error's message or chain.
    pub fn error(mut self, text: impl Into<String>) -> Self {
        self.filter.text = Some(text.into());
        self
    }

    /// That died at this time or later.
    pub fn since(mut self, time: DateTime<Utc>) -> Self {
        self.filter.since = Some(time);
        self
    }

    /// Neither retried nor discarded yet.
    pub fn unresolved(mut self) -> Self {
        self.filter.unresolved = true;
        self
    }

    /// One page of 50, counted from 1.
    pub fn page(mut self, page: u32) -> Self {
        self.page = Some(page);
        self
    }

    /// The letters, newest first; at most 1,000 unless a page is named.
    ///
    /// # Errors
    /// The database fails.
    pub async fn list(&self) -> Result<Vec<DeadLetter>> {
        let (offset, limit) = match self.page {
            Some(page) => (page.saturating_sub(1).saturating_mul(PAGE), PAGE),
            None => (0, MOST),
        };
        let filter = self.filter.clone();
        let letters = self
            .jobs
            .inner()
            .store
            .call(move |storage| async move { storage.letters(filter, offset, limit).await });
        letters
            .await?
            .into_iter()
            .map(|letter| DeadLetter::new(self.jobs.clone(), letter))
            .collect()
    }

    /// Retries all that match, whatever the page; one transaction for each few hundred. Returns how many. Those whose
    /// unique key another job holds stay as they are.
    ///
    /// # Errors
    /// The database fails; what was retried before stays retried.
    pub async fn retry_all(&self) -> Result<u64> {
        self.resolve_all(Resolve::Retry).await
    }

    /// Discards all that match, whatever the page. Returns how many.
    ///
    /// # Errors
    /// The database fails; what was discarded before stays discarded.
    pub async fn discard_all(&self) -> Result<u64> {
        self.resolve_all(Resolve::Discard).await
    }

    async fn resolve_all(&self, how: Resolve) -> Result<u64> {
        let filter = LetterFilter {
            unresolved: true,
            ..self.filter.clone()
        };
        let mut resolved = 0;
        loop {
            let filter = filter.clone();
            let letters = self
                .jobs
                .inner()
                .store
                .call(move |storage| async move { storage.letters(filter, 0, CHUNK).await });
            let numbers: Vec<i64> = letters.await?.iter().map(|letter| letter.number).collect();
            let found = numbers.len();
            let done = resolve(&self.jobs, numbers, how)
                .await?
                .into_iter()
                .filter(|done| *done == Resolved::Now)
                .count();
            resolved += done as u64;
            // Letters whose record is gone can't be resolved and would be found again for ever.
            if done == 0 || found < CHUNK as usize {
                return Ok(resolved);
            }
        }
    }
}

async fn resolve(jobs: &Jobs, letters: Vec<i64>, how: Resolve) -> Result<Vec<Resolved>> {
    if letters.is_empty() {
        return Ok(Vec::new());
    }
    let inner = jobs.inner();
    let now = inner.clock.now();
    let done = inner
        .store
        .call(move |storage| async move { storage.resolve(letters, how, now).await })
        .await?;
    if how == Resolve::Retry && done.contains(&Resolved::Now) {
        inner.wakes.everywhere(vec![Wake::Ready(Vec::new())]);
    }
    Ok(done)
}

/// One dead letter; it has the fields of its job's [`JobRecord`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DeadLetter {
    jobs: Jobs,
    number: i64,
    record: JobRecord,
    /// What killed the job.
    pub error: JobError,
    /// When it died.
    pub died_at: DateTime<Utc>,
    /// When it was retried or discarded.
    pub resolved_at: Option<DateTime<Utc>>,
}

impl Deref for DeadLetter {
    type Target = JobRecord;
    fn deref(&self) -> &JobRecord {
        &self.record
    }
}

impl DeadLetter {
    fn new(jobs: Jobs, letter: Letter) -> Result<Self> {
        Ok(Self {
            jobs,
            number: letter.number,
            record: JobRecord::from_row(letter.row)?,
            error: letter.error,
            died_at: letter.died_at,
            resolved_at: letter.resolved_at,
        })
    }

    /// The job's record.
    #[must_use]
    pub fn record(&self) -> &JobRecord {
        &self.record
    }

    /// Makes the job ready again, in one transaction with the letter's end: attempts and rule counts start anew,
    /// history is kept. False if the letter was resolved before.
    ///
    /// # Errors
    /// [`Error::Duplicate`] if another job holds its unique key, or the database fails.
    pub async fn retry(&self) -> Result<bool> {
        self.resolve(Resolve::Retry).await
    }

    /// Ends the job as `discarded`. False if the letter was resolved before.
    ///
    /// # Errors
    /// The database fails.
    pub async fn discard(&self) -> Result<bool> {
        self.resolve(Resolve::Discard).await
    }

    async fn resolve(&self, how: Resolve) -> Result<bool> {
        match resolve(&self.jobs, vec![self.number], how).await?.first() {
            Some(Resolved::Now) => Ok(true),
            Some(Resolved::Held(holder)) => Err(Error::Duplicate {
                job: self.record.name.clone(),
                holder: *holder,
            }),
            Some(Resolved::Before) | None => Ok(false),
        }
    }

    /// The newest letter of one job, after it died.
    pub(crate) async fn of_job(jobs: &Jobs, name: &str, id: crate::JobId) -> Result<Option<Self>> {
        let since =
            jobs.utc() - chrono::TimeDelta::from_std(Duration::from_secs(60)).unwrap_or_default();
        let filter = LetterFilter {
            names: vec![name.to_owned()],
            since: Some(since),
            ..LetterFilter::default()
        };
        let letters = jobs
            .inner()
            .store
            .call(move |storage| async move { storage.letters(filter, 0, MOST).await })
            .await?;
        let letter = letters.into_iter().find(|letter| letter.row.id == id);
        letter
            .map(|letter| Self::new(jobs.clone(), letter))
            .transpose()
    }
}
