//! How fast the SQLite backend's verbs are, on a file of this machine: `cargo run --release --example sqlite_speed`.
#![allow(clippy::print_stdout, reason = "it reports")]

use std::time::Instant;

use jobs::{
    State,
    storage::{NewJob, Next, Storage as _, StorageOptions, sqlite::SqliteStorage},
};
use jobs_tests::make::*;

const N: usize = 100_000;

fn report(what: &str, count: usize, since: Instant) {
    let seconds = since.elapsed().as_secs_f64();
    println!(
        "{what}: {:.0}/s ({count} in {seconds:.3} s)",
        count as f64 / seconds
    );
}

#[tokio::main]
async fn main() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("speed.db").display());
    let storage = SqliteStorage::connect(&url, StorageOptions::default())
        .await
        .expect("connected");
    let kinds = declare(&*storage, &["speed"]).await;
    let jobs: Vec<NewJob> = (0..N).map(|_| job(kinds[0])).collect();

    let since = Instant::now();
    storage.insert(jobs, None).await.expect("inserted");
    report("bulk insert", N, since);

    for (batch, count) in [(100, 20_000), (500, 40_000), (1_000, 40_000)] {
        let worker = worker();
        let since = Instant::now();
        let (mut claiming, mut ended) = (0.0, 0);
        while ended < count {
            let begun = Instant::now();
            let claim = take(worker, QUEUE, batch);
            let claimed = storage.claim(claim, None).await.expect("claimed");
            claiming += begun.elapsed().as_secs_f64();
            ended += claimed.len();
            let done = claimed
                .iter()
                .map(|job| finish(job, Next::End(end(State::Succeeded))));
            storage
                .finish(done.collect(), None)
                .await
                .expect("finished");
        }
        report(
            &format!("claim + finish by {batch} (claims took {claiming:.3} s)"),
            ended,
            since,
        );
    }

    let since = Instant::now();
    let callers = (0..16).map(|_| {
        let (storage, kind) = (storage.clone(), kinds[0]);
        tokio::spawn(async move {
            for _ in 0..1_000 {
                storage
                    .insert(vec![job(kind)], None)
                    .await
                    .expect("inserted");
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.expect("no panic");
    }
    report("single inserts of 16 callers", 16_000, since);
    storage.close().await;
}
