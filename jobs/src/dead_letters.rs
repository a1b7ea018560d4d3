//! Dead letters: jobs that failed for good, to be looked at, retried or discarded by hand.

use std::ops::Deref;

use chrono::{DateTime, Utc};

use crate::{
    clock::storable,
    error::{Error, Result},
    execution::calmly,
    failure::JobError,
    handle::{Jobs, with},
    job::Job,
    queue::Queue,
    record::{JobId, JobRecord},
    storage::{Letter, LetterFilter, Resolve, Resolved, Wake},
};

/// How many letters `list` gives without a page.
const MOST: u32 = 1_000;
/// How many letters are on a page.
const PAGE: u32 = 50;
/// How many letters one transaction of `retry_all` takes.
const CHUNK: u32 = 500;

/// A choice of dead letters, which each method narrows; the choice itself stays as it was, to be narrowed otherwise.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> jobs::Result<()> {
/// # let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
/// let dead = jobs.dead_letters();
/// for letter in dead.unresolved().error("timed out").list().await? {
///     println!("{} {}: {}", letter.died_at, letter.name, letter.error);
///     letter.retry().await?;
/// }
/// let retried = dead.unresolved().retry_all().await?;
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
    ///
    /// ```
    /// use jobs::job;
    /// # jobs::queues! { default }
    ///
    /// #[job]
    /// async fn charge(cents: i64) {}
    ///
    /// # async fn doc(jobs: jobs::Jobs) -> jobs::Result<()> {
    /// println!("{} charges died", jobs.dead_letters().of::<Charge>().list().await?.len());
    /// # Ok(()) }
    /// # fn main() {}
    /// ```
    pub fn of<J: Job>(&self) -> Self {
        let job = J::__definition();
        let names = std::iter::once(&job.name).chain(job.aliases);
        let names = names.map(|name| (*name).to_owned()).collect();
        self.narrowed(|filter| filter.names = names)
    }

    fn narrowed(&self, by: impl FnOnce(&mut LetterFilter)) -> Self {
        let mut narrowed = self.clone();
        by(&mut narrowed.filter);
        narrowed
    }

    /// From one queue.
    ///
    /// ```
    /// # async fn doc(jobs: jobs::Jobs) -> jobs::Result<()> {
    /// let letters = jobs.dead_letters().queue(jobs::queues::default).list().await?;
    /// # drop(letters);
    /// # Ok(()) }
    /// ```
    pub fn queue(&self, queue: Queue) -> Self {
        self.narrowed(|filter| filter.queue = Some(queue.name().to_owned()))
    }

    /// With this text, in upper or lower case, in the error's message or chain.
    pub fn error(&self, text: impl Into<String>) -> Self {
        self.narrowed(|filter| filter.text = Some(text.into()))
    }

    /// That died at this time or later.
    ///
    /// ```
    /// # async fn doc(jobs: jobs::Jobs) -> jobs::Result<()> {
    /// let today = jobs.dead_letters().since(chrono::Utc::now() - chrono::TimeDelta::days(1));
    /// println!("{} since yesterday", today.list().await?.len());
    /// # Ok(()) }
    /// ```
    pub fn since(&self, time: DateTime<Utc>) -> Self {
        self.narrowed(|filter| filter.since = Some(storable(time)))
    }

    /// Neither retried nor discarded yet.
    pub fn unresolved(&self) -> Self {
        self.narrowed(|filter| filter.unresolved = true)
    }

    /// One page of 50, counted from 1.
    ///
    /// ```
    /// # async fn doc(jobs: jobs::Jobs) -> jobs::Result<()> {
    /// let second = jobs.dead_letters().unresolved().page(2).list().await?; // letters 51 to 100
    /// # drop(second);
    /// # Ok(()) }
    /// ```
    pub fn page(&self, page: u32) -> Self {
        Self {
            page: Some(page),
            ..self.clone()
        }
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
        let letters = letters.await?.into_iter();
        Ok(letters
            .map(|letter| DeadLetter::new(self.jobs.clone(), letter))
            .collect())
    }

    /// Retries all that match, whatever the page; one transaction for each few hundred. Returns how many. A job that
    /// dies again before this is done is not retried a second time; one whose unique key another job holds stays as it is.
    ///
    /// # Errors
    /// The database fails; what was retried before stays retried.
    pub async fn retry_all(&self) -> Result<u64> {
        self.resolve_all(Resolve::Retry).await
    }

    /// Discards all that match, whatever the page. Returns how many. Letters of jobs that die before this is done stay.
    ///
    /// ```
    /// # async fn doc(jobs: jobs::Jobs) -> jobs::Result<()> {
    /// let hopeless = jobs.dead_letters().error("account closed");
    /// println!("{} discarded", hopeless.discard_all().await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The database fails; what was discarded before stays discarded.
    pub async fn discard_all(&self) -> Result<u64> {
        self.resolve_all(Resolve::Discard).await
    }

    /// Chunk by chunk, from the newest letter to the oldest: what dies again meanwhile has a newer one.
    async fn resolve_all(&self, how: Resolve) -> Result<u64> {
        let mut filter = LetterFilter {
            unresolved: true,
            ..self.filter.clone()
        };
        let mut resolved = 0;
        loop {
            let chunk = filter.clone();
            let letters = self
                .jobs
                .inner()
                .store
                .call(move |storage| async move { storage.letters(chunk, 0, CHUNK).await });
            let numbers: Vec<i64> = letters.await?.iter().map(|letter| letter.number).collect();
            let Some(oldest) = numbers.last() else {
                return Ok(resolved);
            };
            filter.below = Some(*oldest);
            let done = resolve(&self.jobs, numbers, how).await?;
            let done = done.into_iter().filter(|done| *done == Resolved::Now);
            resolved += done.count() as u64;
        }
    }
}

pub(crate) async fn resolve(jobs: &Jobs, letters: Vec<i64>, how: Resolve) -> Result<Vec<Resolved>> {
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
///
/// ```
/// # async fn doc(letter: jobs::DeadLetter) -> jobs::Result<()> {
/// println!("{} with {} died at {}: {}", letter.name, letter.args, letter.died_at, letter.error.message());
/// println!("{} attempts", letter.record().attempts.len());
/// if letter.error.type_name().ends_with("AccountClosed") {
///     letter.discard().await?;
/// } else {
///     letter.retry().await?;
/// }
/// # Ok(()) }
/// ```
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
    fn new(jobs: Jobs, letter: Letter) -> Self {
        Self {
            jobs,
            number: letter.number,
            record: JobRecord::from_row(letter.row),
            error: letter.error,
            died_at: letter.died_at,
            resolved_at: letter.resolved_at,
        }
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
    pub(crate) async fn of_job(jobs: &Jobs, id: JobId) -> Result<Option<Self>> {
        let filter = LetterFilter {
            job: Some(id),
            ..LetterFilter::default()
        };
        let letters = jobs
            .inner()
            .store
            .call(move |storage| async move { storage.letters(filter, 0, 1).await })
            .await?;
        let letter = letters.into_iter().next();
        Ok(letter.map(|letter| Self::new(jobs.clone(), letter)))
    }
}

/// `on_dead`, of the handle whose call ended the job.
pub(crate) async fn tell(jobs: &Jobs, name: &str, id: JobId) {
    let hooks = &jobs.inner().hooks.on_dead;
    if hooks.is_empty() {
        return;
    }
    match DeadLetter::of_job(jobs, id).await {
        Ok(Some(letter)) => {
            for hook in hooks {
                let told = async { hook(letter.clone()).await };
                calmly("on_dead", with(jobs, told)).await;
            }
        }
        Ok(None) => {
            tracing::warn!(job = name, %id, "the dead letter was gone before `on_dead` could see it");
        }
        Err(error) => {
            tracing::error!(job = name, %id, %error, "the dead letter could not be read for `on_dead`");
        }
    }
}
