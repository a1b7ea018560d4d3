//! What keys cost, as a ratio to plain jobs in the same run: `cargo run --release --example limits_speed [URL]`.
#![allow(clippy::print_stdout, reason = "it reports")]

use std::{sync::Arc, time::Instant};

use jobs::{
    State,
    storage::{
        Held, Keys, KindId, NewJob, Next, OnConflict, RateKey, SlotKey, Storage, StorageOptions,
        UniqueKey, postgres::PostgresStorage, sqlite::SqliteStorage,
    },
};
use jobs_tests::make::*;

const N: usize = 10_000;

fn keys(sort: &str, n: usize) -> Option<Box<Keys>> {
    let mut keys = Keys::default();
    match sort {
        "unique" => {
            keys.unique = Some(UniqueKey {
                key: format!("1{n:040}"),
                until: Held::Ended,
                ttl: None,
                on_conflict: OnConflict::Reject,
            });
        }
        "slots" => keys.slots.push(SlotKey {
            key: format!("1{:040}", n % 1_000),
            limit: 1_000,
            discard: false,
        }),
        "rate" => {
            keys.rate = Some(RateKey {
                key: format!("1{:040}", n % 1_000),
                count: 1_000_000,
                per: secs(60),
            });
        }
        "1000 of limit 2" | "100000 of limit 2" => keys.slots.push(SlotKey {
            key: sort.into(),
            limit: 2,
            discard: false,
        }),
        _ => return None,
    }
    Some(Box::new(keys))
}

fn jobs_of(sort: &str, kind: KindId, queue: &str, count: usize) -> Vec<NewJob> {
    (0..count)
        .map(|n| NewJob {
            queue: queue.to_owned().into(),
            keys: keys(sort, n),
            ..job(kind)
        })
        .collect()
}

/// Inserts by the hundred, claims and ends by the hundred; microseconds a job of each.
async fn life(storage: &dyn Storage, kind: KindId, sort: &str, round: usize) -> (f64, f64) {
    let queue = format!("{sort} {round}");
    let jobs = jobs_of(sort, kind, &queue, N);
    let since = Instant::now();
    for some in jobs.chunks(100) {
        storage.insert(some.to_vec(), None).await.expect("inserted");
    }
    let inserts = since.elapsed();
    let (worker, since, mut ended) = (worker(), Instant::now(), 0);
    while ended < N {
        let claimed = storage
            .claim(take(worker, &queue, 100), None)
            .await
            .expect("claimed");
        ended += claimed.len();
        let done = claimed
            .iter()
            .map(|job| finish(job, Next::End(end(State::Succeeded))));
        storage.finish(done.collect(), None).await.expect("ended");
    }
    let per = |time: std::time::Duration| time.as_secs_f64() * 1e6 / N as f64;
    (per(inserts), per(since.elapsed()))
}

/// A backlog under one key of limit 2: microseconds a job, from the first claim to the last end of `drained`.
async fn backlog(storage: &dyn Storage, kind: KindId, count: usize, drained: usize) -> (f64, f64) {
    let queue = format!("backlog {count}");
    let sort = format!("{count} of limit 2");
    for some in jobs_of(&sort, kind, &queue, count).chunks(5_000) {
        storage.insert(some.to_vec(), None).await.expect("inserted");
    }
    let worker = worker();
    let since = Instant::now();
    let mut claimed = storage
        .claim(take(worker, &queue, 10), None)
        .await
        .expect("claimed");
    let first = since.elapsed().as_secs_f64() * 1e3;
    let (since, mut ended) = (Instant::now(), 0);
    while ended < drained {
        assert!(claimed.len() <= 2 && !claimed.is_empty());
        ended += claimed.len();
        let done = claimed
            .iter()
            .map(|job| finish(job, Next::End(end(State::Succeeded))));
        storage.finish(done.collect(), None).await.expect("ended");
        claimed = storage
            .claim(take(worker, &queue, 10), None)
            .await
            .expect("claimed");
    }
    let each = since.elapsed().as_secs_f64() * 1e6 / ended as f64;
    let done = claimed
        .iter()
        .map(|job| finish(job, Next::End(end(State::Succeeded))));
    storage.finish(done.collect(), None).await.expect("ended");
    (first, each)
}

#[tokio::main]
async fn main() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = format!("sqlite://{}", folder.path().join("speed.db").display());
    let url = std::env::args().nth(1).unwrap_or(file);
    let options = StorageOptions {
        schema: "limits_speed".into(),
        ..StorageOptions::default()
    };
    let storage: Arc<dyn Storage> = if url.starts_with("postgres") {
        PostgresStorage::connect(&url, options)
            .await
            .expect("connected")
    } else {
        SqliteStorage::connect(&url, options)
            .await
            .expect("connected")
    };
    let kind = declare(&*storage, &["speed"]).await[0];
    let run = std::process::id() as usize;
    life(&*storage, kind, "plain", run).await;
    for round in 0..2 {
        let (insert, rest) = life(&*storage, kind, "plain", run + round + 1).await;
        println!("plain: insert {insert:.1} µs, claim and end {rest:.1} µs");
        for sort in ["unique", "slots", "rate"] {
            let (inserted, other) = life(&*storage, kind, sort, run + round + 1).await;
            println!(
                "{sort}: insert {inserted:.1} µs, claim and end {other:.1} µs; {:.2} × a plain job",
                (inserted + other) / (insert + rest)
            );
        }
    }
    for count in [1_000, 100_000] {
        let (first, each) = backlog(&*storage, kind, count, 800).await;
        println!(
            "{count} under one key of limit 2: first claim {first:.1} ms, then {each:.1} µs a job"
        );
    }
    storage.close().await;
}
