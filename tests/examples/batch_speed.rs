//! What a batch costs, as a ratio to the same jobs without one in the same run:
//! `cargo run --release -p jobs-tests --example batch_speed [URL] [JOBS]`.
#![allow(clippy::print_stdout, reason = "it reports")]

use std::time::{Duration, Instant};

use jobs::{Jobs, job};

jobs::queues! { default }

#[job]
async fn count_one(n: u64) {
    let _ = n;
}

#[tokio::main]
async fn main() -> jobs::Result<()> {
    let mut given = std::env::args().skip(1);
    let folder = tempfile::TempDir::new().expect("a folder");
    let url = given
        .next()
        .filter(|url| url != "-")
        .unwrap_or_else(|| format!("sqlite://{}", folder.path().join("jobs.db").display()));
    let count: u64 = given.next().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let schema = format!("batch_speed_{}", std::process::id());
    let jobs = Jobs::builder(&url).schema(&schema).await?;
    let mut best = [Duration::MAX; 2];
    for round in 0..3 {
        for (sort, best) in best.iter_mut().enumerate() {
            let began = Instant::now();
            let many = (0..count).map(|n| CountOne { n });
            if sort == 0 {
                jobs::perform_all_later(many).on(&jobs).await?;
            } else {
                jobs::batch("speed")
                    .add_all(many)
                    .on(&jobs)
                    .enqueue()
                    .await?;
            }
            let stored = began.elapsed();
            let worker = jobs.worker().concurrency(16).start().await?;
            while jobs.queue(queues::default).len().await? > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            worker.stop().await?;
            let took = began.elapsed();
            *best = took.min(*best);
            let name = ["plain", "batch"][sort];
            println!("{round} {name}: stored in {stored:.2?}, done in {took:.2?}");
        }
    }
    println!(
        "batch / plain: {:.2}",
        best[1].as_secs_f64() / best[0].as_secs_f64()
    );
    Ok(())
}
