//! What `#[jobs::test]` calls.

use std::future::Future;

use super::{TestJobs, TestJobsBuilder, thread};
use crate::handle::with;

/// What the attribute says.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct TestOptions {
    /// `postgres`.
    pub postgres: bool,
    /// `flavor = "multi_thread"` and `worker_threads`; `None` is the current thread alone.
    pub threads: Option<usize>,
    /// `setup = path`.
    pub setup: Option<fn(TestJobsBuilder) -> TestJobsBuilder>,
}

/// Runs a test in a runtime of its own, with a kit of its own.
///
/// # Panics
/// As the test does; or the database cannot be made.
#[doc(hidden)]
pub fn run_test<F, Fut>(options: TestOptions, test: F) -> Fut::Output
where
    F: FnOnce(TestJobs) -> Fut,
    Fut: Future,
{
    let mut builder = match options.threads {
        None => tokio::runtime::Builder::new_current_thread(),
        Some(threads) => {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(threads.max(1));
            builder
        }
    };
    let runtime = builder
        .enable_all()
        .on_thread_start(|| thread::refuse(true))
        .build();
    let runtime = runtime.unwrap_or_else(|error| panic!("a test's runtime did not start: {error}"));
    let _on_this_thread = Refusing::new();
    runtime.block_on(async move {
        let mut builder = TestJobs::builder();
        if options.postgres {
            builder = builder.postgres();
        }
        if let Some(setup) = options.setup {
            builder = setup(builder);
        }
        let kit = builder
            .connect()
            .await
            .unwrap_or_else(|error| panic!("the test's database could not be made: {error}"));
        let jobs = kit.jobs();
        with(&jobs, test(kit)).await
    })
}

/// Ends with the test, whatever it ends in: the thread may be used for others.
struct Refusing;

impl Refusing {
    fn new() -> Self {
        thread::refuse(true);
        Self
    }
}

impl Drop for Refusing {
    fn drop(&mut self) {
        thread::refuse(false);
    }
}
