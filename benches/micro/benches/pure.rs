//! What one job costs in the process, without a database: through the public interface, so that the parts may move.
//!
//! ```sh
//! cargo bench --manifest-path benches/micro/Cargo.toml
//! ```

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use jobs::{Jobs, Schedule, job};

#[job]
pub async fn small(n: i64) {
    black_box(n);
}

#[job]
pub async fn three(id: u64, name: String, tags: Vec<String>) {
    black_box((id, name, tags));
}

#[derive(Debug)]
pub struct Busy;

impl std::fmt::Display for Busy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("busy")
    }
}

impl std::error::Error for Busy {}

#[job(retry_on(Busy, backoff = "exponential", attempts = 5))]
pub async fn failing(n: i64) -> Result<(), Busy> {
    black_box(n);
    Err(Busy)
}

fn three_arguments() -> Three {
    Three {
        id: 42,
        name: "Ada Lovelace".into(),
        tags: vec!["mail".into(), "welcome".into()],
    }
}

/// Arguments → JSON → row: `to_sql` is an enqueue without its statement.
fn encode(c: &mut Criterion, jobs: &Jobs) {
    let mut group = c.benchmark_group("enqueue without the database");
    group.bench_function("one number", |b| {
        b.iter(|| jobs.enqueue(Small { n: 7 }).to_sql())
    });
    group.bench_function("three arguments", |b| {
        b.iter(|| jobs.enqueue(three_arguments()).to_sql())
    });
    group.finish();
}

/// JSON → arguments → hooks → function → what becomes of the job.
fn run(c: &mut Criterion, jobs: &Jobs, runtime: &tokio::runtime::Runtime) {
    let mut group = c.benchmark_group("run without the database");
    group.bench_function("one number", |b| {
        b.iter(|| runtime.block_on(Small::perform_now(7).on(jobs).into_future()));
    });
    group.bench_function("three arguments", |b| {
        b.iter(|| {
            runtime.block_on(
                Three::perform_now(42, "Ada", vec!["mail".into()])
                    .on(jobs)
                    .into_future(),
            )
        });
    });
    group.bench_function("an error with a retry rule", |b| {
        b.iter(|| {
            runtime
                .block_on(Failing::perform_now(7).on(jobs).into_future())
                .is_err()
        });
    });
    group.finish();
}

fn schedules(c: &mut Criterion) {
    let mut group = c.benchmark_group("schedules");
    group.bench_function("parse", |b| {
        b.iter(|| Schedule::cron(black_box("*/15 9-17 * * 1-5"), "Europe/Berlin"))
    });
    let now = chrono::Utc::now();
    for (name, expression) in [
        ("next, weekdays", "*/15 9-17 * * 1-5"),
        ("next, 29 February", "0 0 29 2 *"),
    ] {
        if let Ok(schedule) = Schedule::cron(expression, "Europe/Berlin") {
            group.bench_function(name, |b| b.iter(|| schedule.next_after(black_box(now))));
        }
    }
    group.finish();
}

fn all(c: &mut Criterion) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    else {
        return;
    };
    match runtime.block_on(Jobs::connect("sqlite::memory:")) {
        Ok(jobs) => {
            encode(c, &jobs);
            run(c, &jobs, &runtime);
        }
        Err(error) => eprintln!("no handle: {error}"),
    }
    schedules(c);
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = all
}
criterion_main!(benches);
