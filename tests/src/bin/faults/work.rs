//! The jobs of the matrix. Each writes down what it does.

use std::{collections::TryReserveError, time::Duration};

use jobs::{JobContext, job};

use crate::ledger::Ledger;

jobs::queues! { work }

/// Writes down that a run was dropped, unless it came to its end.
struct Guard<'l>(&'l Ledger, u64, i64, bool);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if !self.3 {
            let pid = std::process::id();
            self.0
                .note(format_args!("dropped {} {pid} {}", self.1, self.2));
        }
    }
}

/// Takes so many milliseconds and gives its fence, so that the stored result names the claim that it is of.
#[job(name = "faults.step", queue = queues::work)]
pub async fn step(n: u64, millis: u64, #[state] ledger: &Ledger, #[ctx] ctx: &JobContext) -> i64 {
    let (pid, fence) = (std::process::id(), ctx.fence());
    ledger.note(format_args!("start {n} {pid} {fence}"));
    let mut guard = Guard(ledger, n, fence, false);
    let until = std::time::Instant::now() + Duration::from_millis(millis);
    while std::time::Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(5).min(until - std::time::Instant::now())).await;
    }
    guard.3 = true;
    ledger.note(format_args!("end {n} {pid} {fence}"));
    fence
}

/// A recurring task's job.
#[job(name = "faults.tick", queue = queues::work)]
pub async fn tick(#[state] ledger: &Ledger, #[ctx] ctx: &JobContext) {
    let planned = ctx.scheduled_at().timestamp_millis();
    ledger.note(format_args!("tick {planned}"));
}

/// Panics.
#[job(name = "faults.explode", queue = queues::work, retry = 0)]
pub async fn explode(n: u64) {
    panic!("job {n} panics");
}

/// Asks for more memory than there is, and says so politely.
#[job(name = "faults.exhaust", queue = queues::work, retry = 0)]
pub async fn exhaust(n: u64) -> Result<usize, TryReserveError> {
    let mut hoard = Vec::<u8>::new();
    hoard.try_reserve_exact(isize::MAX as usize - n as usize)?;
    Ok(hoard.capacity())
}

/// Blocks its thread and never yields.
#[job(name = "faults.hog", queue = queues::work)]
pub async fn hog(n: u64, millis: u64, #[state] ledger: &Ledger, #[ctx] ctx: &JobContext) -> i64 {
    let (pid, fence) = (std::process::id(), ctx.fence());
    ledger.note(format_args!("start {n} {pid} {fence}"));
    std::thread::sleep(Duration::from_millis(millis));
    ledger.note(format_args!("end {n} {pid} {fence}"));
    fence
}
