//! Many enqueues at once: callers wait, the process does not grow, and callers that go away take nothing with them.

use std::{sync::Arc, time::Duration};

use jobs::{Jobs, job};
use jobs_tests::{
    place::{Place, Test},
    tests,
};

use crate::log::Log;

tests!(enqueues_of_callers_that_go_away_harm_nobody);

/// What a process holds is only to be told of one test at a time.
pub(crate) const ALONE: &[Test] = &[("burst::a_burst_keeps_memory_bounded", |place| {
    Box::pin(a_burst_keeps_memory_bounded(place))
})];

#[job]
async fn bulky(text: String, #[state] log: &Log) {
    log.push(text);
}

/// What the process holds now, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").expect("statm");
    let pages = status.split(' ').nth(1).expect("resident");
    pages.parse::<usize>().expect("a number") * 4096
}

async fn handle(place: &Place) -> Jobs {
    let builder = place.builder().state(Log::default());
    builder.await.expect("connected")
}

/// 1,000 tasks, of which each has one enqueue under way: what waits is bounded, whatever they have still to enqueue. The
/// bound in bytes is shown by the tests of the combiner.
async fn a_burst_keeps_memory_bounded(place: Arc<Place>) {
    let jobs = handle(&place).await;
    let before = resident();
    // `JOBS_BURST=100` makes it 100,000.
    let each = std::env::var("JOBS_BURST").map_or(Ok(10), |each| each.parse());
    let small = burst(&jobs, 1_000, each.expect("a number"), 1_000);
    let peak = watched(small).await;
    let grown = peak.saturating_sub(before);
    assert!(grown < 100 << 20, "{} MB more", grown >> 20);
}

async fn burst(jobs: &Jobs, tasks: usize, each: usize, bytes: usize) {
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let jobs = jobs.clone();
            tokio::spawn(async move {
                for _ in 0..each {
                    let text = "x".repeat(bytes);
                    jobs.enqueue(Bulky { text }).await.expect("enqueued");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("it ends");
    }
}

/// The most that was held while `work` went on.
async fn watched(work: impl Future<Output = ()>) -> usize {
    let mut peak = 0;
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            () = &mut work => return peak.max(resident()),
            () = tokio::time::sleep(Duration::from_millis(5)) => peak = peak.max(resident()),
        }
    }
}

async fn enqueues_of_callers_that_go_away_harm_nobody(place: Arc<Place>) {
    let jobs = handle(&place).await;
    let calls: Vec<_> = (0..600)
        .map(|n| {
            let jobs = jobs.clone();
            let text = n.to_string();
            tokio::spawn(async move { jobs.enqueue(Bulky { text }).await })
        })
        .collect();
    let mut kept = Vec::new();
    for (n, call) in calls.into_iter().enumerate() {
        match n % 2 {
            0 => call.abort(),
            _ => kept.push(call),
        }
        if n % 50 == 0 {
            tokio::task::yield_now().await;
        }
    }
    for call in kept {
        let handle = call.await.expect("kept").expect("enqueued");
        let record = jobs.get(handle.id()).await.expect("read");
        assert!(record.is_some(), "{} is there", handle.id());
    }
}
