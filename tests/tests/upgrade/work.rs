//! The jobs of the fixtures. Their names and arguments are stored in files: they stay as they are.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use jobs::{Flow, JobContext, job};
use jobs_tests::notes::note;

/// Set while a fixture is written: what is to be unfinished in it does not end.
pub(crate) static WRITING: AtomicBool = AtomicBool::new(false);

fn writing() -> bool {
    WRITING.load(Ordering::SeqCst)
}

#[job(name = "upgrade.Plain", tags("fixture"))]
pub(crate) async fn plain(n: u64) -> u64 {
    n
}

#[job(name = "upgrade.Late", queue = later)]
pub(crate) async fn late(n: u64) -> u64 {
    n + 1
}

/// The second link of a chain.
#[job(name = "upgrade.Next", queue = later)]
pub(crate) async fn next(#[input] before: u64, n: u64) -> u64 {
    before + n
}

#[job(name = "upgrade.Idle", queue = idle, priority = 7)]
pub(crate) async fn idle(n: u64) -> u64 {
    n
}

/// Runs while the fixture is written, and so belongs to a worker that is gone.
#[job(name = "upgrade.Stuck")]
pub(crate) async fn stuck(n: u64, #[ctx] ctx: &JobContext) -> u64 {
    note(ctx.id(), "run");
    if writing() {
        std::future::pending::<()>().await;
    }
    n
}

#[job(name = "upgrade.Fails", retry = 0)]
pub(crate) async fn fails(n: u64) -> Result<u64, String> {
    Err(format!("number {n} fails"))
}

/// Waits for its second attempt.
#[job(name = "upgrade.Flaky", retry_on(any, wait = "60s", attempts = 4))]
pub(crate) async fn flaky(n: u64) -> Result<u64, String> {
    if writing() {
        return Err("not yet".to_owned());
    }
    Ok(n)
}

#[job(name = "upgrade.Unique", queue = later, unique(by = [key]))]
pub(crate) async fn unique(key: u64, n: u64) -> u64 {
    let _ = key;
    n
}

#[job(name = "upgrade.Limited", concurrency(limit = 1, key = key))]
pub(crate) async fn limited(key: u64, n: u64) -> u64 {
    let _ = key;
    if writing() {
        std::future::pending::<()>().await;
    }
    n
}

#[job(name = "upgrade.Rated", rate_limit(count = 1, per = "60s", key = key))]
pub(crate) async fn rated(key: u64, n: u64) -> u64 {
    let _ = key;
    n
}

#[job(name = "upgrade.Stepped")]
pub(crate) async fn stepped(
    n: u64,
    #[ctx] ctx: &JobContext,
    #[flow] flow: &mut Flow,
) -> Result<String, String> {
    let first: u64 = flow
        .step("first", async || {
            note(ctx.id(), "first");
            Ok::<_, String>(n * 10)
        })
        .await?;
    let said: String = flow.event("said").await;
    Ok(format!("{first} {said}"))
}

#[job(name = "upgrade.Sleeps")]
pub(crate) async fn sleeps(n: u64, #[flow] flow: &mut Flow) -> u64 {
    flow.sleep("nap", Duration::from_secs(60)).await;
    n
}

#[job(name = "upgrade.Tick", every = "1m", catch_up = "one")]
pub(crate) async fn tick() {}
