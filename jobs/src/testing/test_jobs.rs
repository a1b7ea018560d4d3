//! [`TestJobs`]: what a test does with its jobs.

use std::{fmt, sync::Arc, sync::atomic::Ordering, time::Duration};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

use super::{Drain, Kit, TestJobsBuilder, log, run::Span};
use crate::{
    error::Error,
    handle::{Jobs, current, with},
    job::Job,
    states::Added,
    storage::Wake,
};

/// The kit of one test: a database of its own, a clock that stands still until it is moved, and a handle that
/// `perform_later` uses. Cheap to clone; the database goes with the last one.
///
/// Jobs are only stored, until [`drain`](Self::drain) or [`drain_all`](Self::drain_all) runs them, or all at once from
/// [`inline`](Self::inline) on. Retries have no jitter here.
///
/// In tests of other attributes, and in doctests, it is made by hand and holds for the thread that made it:
///
/// ```
/// # mod tasks { #[jobs::job] pub async fn tidy() {} }
/// # use tasks::Tidy;
/// # jobs::queues! { default }
/// use jobs::testing::TestJobs;
///
/// #[tokio::main(flavor = "current_thread")] // or `#[tokio::test]`
/// async fn main() -> jobs::Result<()> {
///     let t = TestJobs::new().await;
///     Tidy::perform_later().await?;
///     jobs::assert_enqueued!(Tidy);
///     t.drain().await;
///     jobs::assert_performed!(Tidy);
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct TestJobs {
    owned: Arc<Owned>,
}

struct Owned {
    jobs: Jobs,
    kit: Arc<Kit>,
    /// The database outlives the handle, and is to be removed.
    on_server: bool,
}

impl Drop for Owned {
    fn drop(&mut self) {
        if self.on_server {
            let erased = log::block(&self.jobs, |storage| async move { storage.erase().await });
            if !matches!(erased, Some(Ok(()))) {
                tracing::warn!(?erased, "a test's schema could not be dropped");
            }
        }
    }
}

impl fmt::Debug for TestJobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TestJobs({:?}, {})", self.owned.jobs, self.now())
    }
}

impl TestJobs {
    /// Makes one on a database in memory.
    ///
    /// # Panics
    /// The database cannot be made: two jobs have one name, for instance.
    pub async fn new() -> Self {
        Self::builder().await
    }

    /// Makes one with settings.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let noon = "2027-01-01T12:00:00Z".parse().expect("a time");
    /// let t = jobs::testing::TestJobs::builder().at(noon).await;
    /// assert_eq!(t.now(), noon);
    /// # }
    /// ```
    pub fn builder() -> TestJobsBuilder {
        TestJobsBuilder::default()
    }

    pub(super) fn of(jobs: Jobs, kit: Arc<Kit>, on_server: bool) -> Self {
        let owned = Arc::new(Owned {
            jobs,
            kit,
            on_server,
        });
        Self { owned }
    }

    /// The handle.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let t = jobs::testing::TestJobs::new().await;
    /// let jobs = t.jobs();
    /// jobs::with(&jobs, async { /* code that enqueues */ }).await;
    /// # }
    /// ```
    #[must_use]
    pub fn jobs(&self) -> Jobs {
        self.owned.jobs.clone()
    }

    pub(super) fn kit(&self) -> &Arc<Kit> {
        &self.owned.kit
    }

    /// A value for jobs that take `#[state] _: &T`, from the next drain on. A later one of the same type takes its place.
    ///
    /// ```
    /// # mod tasks { #[jobs::job] pub async fn greet(#[state] greeting: &String) { println!("{greeting}"); } }
    /// # use {std::sync::Arc, tasks::Greet};
    /// # trait Mail: Send + Sync {}
    /// # struct FakeMail;
    /// # impl Mail for FakeMail {}
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let t = jobs::testing::TestJobs::new().await;
    /// t.state(String::from("hello"));
    /// t.state_dyn::<dyn Mail>(Arc::new(FakeMail));
    /// # Greet::perform_later().await.unwrap();
    /// # t.drain().await.expect_ok();
    /// # }
    /// ```
    pub fn state<T: Send + Sync + 'static>(&self, value: T) {
        self.state_dyn(Arc::new(value));
    }

    /// A value for jobs that take `#[state] _: &dyn Trait`.
    pub fn state_dyn<T: ?Sized + Send + Sync + 'static>(&self, value: Arc<T>) {
        let mut added = Added::default();
        added.put(value);
        let there_are = self.owned.jobs.inner().states();
        self.kit().add_state(&there_are, added);
    }

    /// Forgets all jobs, waiting ones included, all that was performed, and all that was to go wrong.
    ///
    /// ```
    /// # mod tasks { #[jobs::job] pub async fn tidy() {} }
    /// # use tasks::Tidy;
    /// # jobs::queues! { default }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let t = jobs::testing::TestJobs::new().await;
    /// Tidy::perform_later().await.unwrap();
    /// t.clear();
    /// jobs::assert_no_enqueued!();
    /// assert!(t.drain().await.is_empty());
    /// # }
    /// ```
    ///
    /// # Panics
    /// The database does not answer.
    pub fn clear(&self) {
        let (ids, now) = (self.kit().clear(), self.kit().clock.now());
        let cancelled = log::block(&self.owned.jobs, move |storage| async move {
            for id in ids {
                storage.cancel(id, None, now).await?;
            }
            Ok(())
        });
        match cancelled {
            Some(Ok(())) => {}
            Some(Err(error)) => panic!("`clear`: {error}"),
            None => panic!("`clear`: the database does not answer; is a transaction still open?"),
        }
    }

    /// What the clock shows.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.kit().clock.utc()
    }

    /// Moves the clock forward, at most to the year 8000. Nothing runs by that; for recurring tasks it is an outage of
    /// that length, after which `catch_up` says what the next [`drain`](Self::drain) makes of the ticks that were missed.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # mod tasks { #[jobs::job] pub async fn remind() {} }
    /// # use tasks::Remind;
    /// # jobs::queues! { default }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let t = jobs::testing::TestJobs::new().await;
    /// let hour = Duration::from_secs(3_600);
    /// Remind::perform_later().wait(hour).await.unwrap();
    /// assert!(t.drain().await.is_empty());
    /// t.advance(hour);
    /// assert_eq!(t.drain().await.executions::<Remind>(), 1);
    /// t.travel_to("2035-01-01T00:00:00Z".parse().unwrap());
    /// # }
    /// ```
    pub fn advance(&self, by: Duration) {
        self.shift(TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX));
    }

    /// Sets the clock, forward or back.
    pub fn travel_to(&self, time: DateTime<Utc>) {
        self.shift(time.trunc_subsecs(6) - self.now());
    }

    fn shift(&self, by: TimeDelta) {
        self.kit().moved.store(true, Ordering::Relaxed);
        self.kit().clock.advance(by);
        // Workers that the test started itself look at what is due now.
        self.owned.jobs.inner().wakes.here(&Wake::All);
    }

    /// Runs what is due now, ticks of recurring tasks included, and what that enqueues, until nothing is due.
    ///
    /// Claims, limits, hooks, rules and ends are those of a worker, on the real database; one job runs after the other.
    /// A job that panics ends no test: it is one of the [`errors`](super::Run::errors).
    pub fn drain(&self) -> Drain {
        Drain::new(self.owned.jobs.clone(), false)
    }

    /// The same, and moves the clock on to whatever is due next, retries and scheduled jobs, until nothing waits for a
    /// time. Recurring tasks make no further ticks meanwhile, for there would be no end.
    pub fn drain_all(&self) -> Drain {
        Drain::new(self.owned.jobs.clone(), true)
    }

    /// From now on every enqueue runs what is due before it returns, as [`drain`](Self::drain) does.
    ///
    /// An enqueue says nothing of how its job ended: see its handle, or [`assert_performed!`](crate::assert_performed).
    /// Retries wait for a drain; a job of a transaction runs with the next enqueue or drain after the commit.
    ///
    /// ```
    /// # mod tasks { #[jobs::job] pub async fn tidy() {} }
    /// # use tasks::Tidy;
    /// # jobs::queues! { default }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let t = jobs::testing::TestJobs::new().await;
    /// t.inline();
    /// Tidy::perform_later().await.unwrap();
    /// jobs::assert_performed!(Tidy, times = 1);
    /// t.fake(); // only stored again
    /// # }
    /// ```
    pub fn inline(&self) {
        self.kit().set_inline(true);
    }

    /// Enqueues only store again, which is the default.
    pub fn fake(&self) {
        self.kit().set_inline(false);
    }

    /// A drain that runs more jobs than this panics; 10,000 unless set.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let t = jobs::testing::TestJobs::new().await;
    /// t.limit(100_000);
    /// # }
    /// ```
    pub fn limit(&self, executions: u64) {
        self.kit().limit.store(executions, Ordering::Relaxed);
    }

    /// Lets the next calls of `J` fail in this error, in place of the function. Hooks and rules see it as returned.
    ///
    /// ```
    /// # mod tasks {
    /// # #[jobs::job(retry_on(std::io::Error, attempts = 3))]
    /// # pub async fn call_api() -> std::io::Result<()> { Ok(()) }
    /// # }
    /// # use tasks::CallApi;
    /// # jobs::queues! { default }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let t = jobs::testing::TestJobs::new().await;
    /// t.fail::<CallApi, _>(2, || std::io::Error::other("busy"));
    /// CallApi::perform_later().await.unwrap();
    /// let run = t.drain_all().await;
    /// assert_eq!((run.failed(), run.succeeded()), (2, 1));
    /// # }
    /// ```
    pub fn fail<J, E>(&self, times: u32, error: impl Fn() -> E + Send + 'static)
    where
        J: Job,
        E: std::error::Error + Send + Sync + 'static,
    {
        self.kit().faults().fail(J::NAME, times, error);
    }

    /// Lets the next enqueues fail as if the database could not be reached, to see what the calling code makes of it.
    ///
    /// ```
    /// # mod tasks { #[jobs::job] pub async fn tidy() {} }
    /// # use tasks::Tidy;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let t = jobs::testing::TestJobs::new().await;
    /// t.fail_enqueues(1);
    /// let error = Tidy::perform_later().await.unwrap_err();
    /// assert!(error.is_transient());
    /// Tidy::perform_later().await.unwrap();
    /// # }
    /// ```
    pub fn fail_enqueues(&self, times: u32) {
        self.kit().faults().fail_enqueues(times);
    }

    /// All that happens from here on, for `in = …` of the assertions.
    ///
    /// ```
    /// # mod tasks { #[jobs::job] pub async fn tidy() {} }
    /// # use tasks::Tidy;
    /// # jobs::queues! { default }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let t = jobs::testing::TestJobs::new().await;
    /// Tidy::perform_later().await.unwrap();
    /// let rest = t.mark();
    /// jobs::assert_no_enqueued!(Tidy, in = rest);
    /// let block = t.block(async { Tidy::perform_later().await.unwrap().id() }).await;
    /// jobs::assert_enqueued!(Tidy, times = 1, in = block);
    /// println!("{}", block.value);
    /// # }
    /// ```
    #[must_use]
    pub fn mark(&self) -> Block<()> {
        Block {
            value: (),
            span: self.kit().log().count()..usize::MAX,
        }
    }

    /// Runs this, and remembers what happened in it, for `in = …` of the assertions.
    pub async fn block<F: Future>(&self, code: F) -> Block<F::Output> {
        let from = self.kit().log().count();
        let value = with(&self.owned.jobs, code).await;
        Block {
            value,
            span: from..self.kit().log().count(),
        }
    }
}

/// A part of a test, for `in = …` of the assertions; see [`TestJobs::block`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let t = jobs::testing::TestJobs::new().await;
/// let block = t.block(async { 42 }).await;
/// assert_eq!(block.value, 42);
/// jobs::assert_no_enqueued!(in = block);
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Block<T> {
    /// What the code gave.
    pub value: T,
    pub(super) span: Span,
}

/// The handle of the test that calls.
#[track_caller]
pub(super) fn of_the_caller() -> (Jobs, Arc<Kit>) {
    let no_kit = || -> ! {
        panic!(
            "there is no kit here: write `#[jobs::test]`, or begin the test with `let t = {}::new().await;`",
            std::any::type_name::<TestJobs>().replace("test_jobs::", "")
        )
    };
    let jobs = match current() {
        Ok(jobs) => jobs,
        Err(Error::NotInstalled) => no_kit(),
        Err(error) => panic!("{error}"),
    };
    match jobs.inner().kit.clone() {
        Some(kit) => (jobs, kit),
        None => no_kit(),
    }
}
