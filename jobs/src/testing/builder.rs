//! How a kit comes to be.

use std::{future::IntoFuture, sync::Arc};

use chrono::{DateTime, SubsecRound as _, Utc};
use futures_core::future::BoxFuture;

use super::{Kit, TestJobs, server, thread};
use crate::{
    clock::Clock,
    error::Result,
    handle::{Jobs, JobsBuilder},
};

/// Makes a [`TestJobs`]; await it.
///
/// | setting | default |
/// |---|---|
/// | `at` | the present time |
/// | `concurrency` | 1: one job after the other |
/// | `postgres` | no: a database in memory |
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let t = jobs::testing::TestJobs::builder()
///     .at("2027-01-01T12:00:00Z".parse().expect("a time"))
///     .concurrency(4)
///     .configure(|handle| handle.max_args_bytes(1_000)) // hooks and settings of the handle
///     .await;
/// assert_eq!(t.now().to_string(), "2027-01-01 12:00:00 UTC");
/// # }
/// ```
///
/// On a server, in a schema that goes with the kit:
///
/// ```no_run
/// # async fn doc() {
/// let t = jobs::testing::TestJobs::builder().postgres().await;
/// # drop(t); }
/// ```
#[must_use = "a kit is made when this is awaited"]
#[derive(Debug, Default)]
pub struct TestJobsBuilder {
    at: Option<DateTime<Utc>>,
    slots: Option<u32>,
    on_server: bool,
    configure: Vec<Configure>,
}

struct Configure(Box<dyn FnOnce(JobsBuilder) -> JobsBuilder + Send>);

impl std::fmt::Debug for Configure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Configure")
    }
}

impl TestJobsBuilder {
    /// Where the clock stands at first.
    pub fn at(mut self, time: DateTime<Utc>) -> Self {
        self.at = Some(time);
        self
    }

    /// How many jobs a drain runs at once.
    pub fn concurrency(mut self, jobs: u32) -> Self {
        self.slots = Some(jobs.max(1));
        self
    }

    /// A schema on the server that `TEST_POSTGRES_URL` or `TEST_DATABASE_URL` names, instead of memory.
    pub fn postgres(mut self) -> Self {
        self.on_server = true;
        self
    }

    /// Hooks, limits and whatever else a handle is told before it connects.
    pub fn configure(
        mut self,
        settings: impl FnOnce(JobsBuilder) -> JobsBuilder + Send + 'static,
    ) -> Self {
        self.configure.push(Configure(Box::new(settings)));
        self
    }

    /// Makes it, for one task and what is spawned from it.
    pub(super) async fn connect(self) -> Result<TestJobs> {
        // No finer than databases store it, so that what is read back is what was written.
        let clock = Clock::manual(self.at.unwrap_or_else(Utc::now).trunc_subsecs(6));
        let kit = Arc::new(Kit::new(clock, self.slots.unwrap_or(1)));
        let mut builder = match self.on_server {
            false => Jobs::builder(server::MEMORY),
            true => Jobs::builder(&server::url()?).schema(&server::fresh_schema()),
        };
        for Configure(settings) in self.configure {
            builder = settings(builder);
        }
        let jobs = builder.kit(&kit).connect().await?;
        Ok(TestJobs::of(jobs, kit, self.on_server))
    }
}

impl IntoFuture for TestJobsBuilder {
    type Output = TestJobs;
    type IntoFuture = BoxFuture<'static, TestJobs>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let kit = self.connect().await;
            let kit = kit.unwrap_or_else(|error| panic!("the test's database: {error}"));
            thread::enter(&kit.jobs());
            kit
        })
    }
}
