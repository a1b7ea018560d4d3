//! What keys cost, as a ratio to plain jobs in the same run: `cargo run --release --example limits_speed [URL]`.
#![allow(clippy::print_stdout, reason = "it reports")]

use std::{sync::Arc, time::Instant};

use jobs::{
    State, sqlx,
    storage::{
        Claimed, Held, Keys, KindId, NewJob, Next, OnConflict, RateKey, SlotKey, Storage,
        StorageOptions, UniqueKey, WorkerId, postgres::PostgresStorage, sqlite::SqliteStorage,
    },
};
use jobs_tests::make::*;
use sqlx::{Connection as _, PgConnection};

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
            fair: false,
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
            fair: false,
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

/// A backlog under one key of limit 2.
struct Backlog {
    count: usize,
    queue: String,
    worker: WorkerId,
    claimed: Vec<Claimed>,
}

impl Backlog {
    /// Enqueues it and claims for the first time, which sets all but two aside; microseconds a job of each.
    async fn new(storage: &dyn Storage, kind: KindId, count: usize) -> (Self, f64, f64) {
        let (queue, worker) = (format!("backlog {count}"), worker());
        let jobs = jobs_of(&format!("{count} of limit 2"), kind, &queue, count);
        let since = Instant::now();
        for some in jobs.chunks(1_000) {
            storage.insert(some.to_vec(), None).await.expect("inserted");
        }
        let (inserts, since) = (since.elapsed(), Instant::now());
        let claim = storage.claim(take(worker, &queue, 10), None).await;
        let (first, per) = (since.elapsed(), 1e6 / count as f64);
        let backlog = Self {
            count,
            queue,
            worker,
            claimed: claim.expect("claimed"),
        };
        (
            backlog,
            inserts.as_secs_f64() * per,
            first.as_secs_f64() * per,
        )
    }

    /// Ends so many and claims the next; microseconds a job.
    async fn drain(&mut self, storage: &dyn Storage, count: usize) -> f64 {
        let (since, mut ended) = (Instant::now(), 0);
        while ended < count {
            assert!(self.claimed.len() <= 2 && !self.claimed.is_empty());
            ended += self.claimed.len();
            self.end(storage).await;
            let claim = storage
                .claim(take(self.worker, &self.queue, 10), None)
                .await;
            self.claimed = claim.expect("claimed");
        }
        since.elapsed().as_secs_f64() * 1e6 / ended as f64
    }

    async fn end(&mut self, storage: &dyn Storage) {
        let claimed = std::mem::take(&mut self.claimed);
        let done = claimed
            .iter()
            .map(|job| finish(job, Next::End(end(State::Succeeded))));
        storage.finish(done.collect(), None).await.expect("ended");
    }
}

/// A small and a large backlog take turns, so that what the machine does meanwhile meets both.
async fn backlogs(storage: &dyn Storage, kind: KindId, url: &str) {
    let mut both = Vec::new();
    for count in [1_000, 100_000] {
        let (backlog, insert, first) = Backlog::new(storage, kind, count).await;
        println!(
            "{count} under one key of limit 2: insert {insert:.1} µs, first claim {first:.1} µs a job"
        );
        both.push((backlog, Vec::new()));
    }
    if url.starts_with("postgres") {
        // What autovacuum does within a minute: setting aside leaves dead entries in the claims' index.
        let mut connection = PgConnection::connect(url).await.expect("connected");
        let vacuum = sqlx::raw_sql("VACUUM ANALYZE limits_speed.jobs");
        vacuum.execute(&mut connection).await.expect("vacuumed");
    }
    for _ in 0..9 {
        for (backlog, each) in &mut both {
            each.push(backlog.drain(storage, 100).await);
        }
    }
    let mut medians = Vec::new();
    for (backlog, each) in &mut both {
        each.sort_by(f64::total_cmp);
        medians.push(each[each.len() / 2]);
        println!(
            "{} under one key: then {:.1} µs a job",
            backlog.count,
            each[each.len() / 2]
        );
        backlog.end(storage).await;
    }
    println!(
        "the large one costs {:.3} × the small one",
        medians[1] / medians[0]
    );
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
    backlogs(&*storage, kind, &url).await;
    storage.close().await;
}
