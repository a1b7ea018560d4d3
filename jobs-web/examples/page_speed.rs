//! How long each page takes over a million ended and a million waiting jobs.
//!
//! `cargo run --release -p jobs-web --example page_speed [SQLITE-URL or POSTGRES-URL [THOUSANDS]]`

use std::time::{Duration, Instant};

use axum::{body::Body, http::Request};
use http_body_util::BodyExt as _;
use jobs::{
    Jobs, State,
    storage::{
        Finish, Next, Storage, StorageOptions, postgres::PostgresStorage, sqlite::SqliteStorage,
    },
};
use jobs_tests::make;
use jobs_web::Access;
use tower::ServiceExt as _;

const NAME: &str = "PageSpeed";
const SCHEMA: &str = "jobs_page_speed";
const PAGES: [&str; 14] = [
    "/",
    "/?period=month",
    "/queues",
    "/jobs",
    "/jobs?state=ready",
    "/jobs?state=succeeded",
    "/jobs?state=dead",
    "/jobs?name=PageSpeed&queue=default",
    "/jobs?tag=nowhere",
    "/jobs?args=nowhere",
    "/dead",
    "/recurring",
    "/workers",
    "/audit",
];

#[tokio::main]
#[allow(clippy::print_stdout, reason = "it is a report")]
async fn main() -> anyhow::Result<()> {
    let mut words = std::env::args().skip(1);
    let folder = tempfile::TempDir::new()?;
    let url = words
        .next()
        .unwrap_or_else(|| format!("sqlite://{}", folder.path().join("jobs.db").display()));
    let thousands: u32 = words.next().map_or(Ok(1_000), |text| text.parse())?;
    let options = StorageOptions {
        schema: SCHEMA.into(),
        ..StorageOptions::default()
    };
    let storage: std::sync::Arc<dyn Storage> = if url.starts_with("sqlite") {
        SqliteStorage::connect(&url, options).await?
    } else {
        PostgresStorage::connect(&url, options).await?
    };
    let began = Instant::now();
    fill(&*storage, thousands).await;
    println!(
        "{thousands}k ended and {thousands}k waiting jobs, made in {:.0} s",
        began.elapsed().as_secs_f64()
    );

    let jobs = Jobs::builder(&url).schema(SCHEMA).await?;
    let app = jobs_web::dashboard(jobs.clone())
        .authorize(|_: &axum::http::request::Parts| std::future::ready(Access::Full));
    let mut pages: Vec<String> = PAGES.iter().map(ToString::to_string).collect();
    for state in [State::Ready, State::Succeeded] {
        let filter = jobs::inspect::Filter {
            states: vec![state],
            ..Default::default()
        };
        let page = jobs.inspect().jobs(&filter, None, 1).await?;
        pages.extend(page.items.first().map(|job| format!("/jobs/{}", job.id)));
    }
    for path in pages {
        let mut times = Vec::new();
        for _ in 0..15 {
            let began = Instant::now();
            let request = Request::builder().uri(&path).body(Body::empty())?;
            let response = app.clone().oneshot(request).await?;
            assert!(
                response.status().is_success(),
                "{path}: {}",
                response.status()
            );
            response.into_body().collect().await?;
            times.push(began.elapsed());
        }
        times.sort_unstable();
        println!(
            "{path:<45} median {:>7}  slowest {:>7}",
            ms(times[times.len() / 2]),
            ms(times[times.len() - 1])
        );
    }
    Ok(())
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}

/// Through the verbs of the storage, a thousand at a time.
async fn fill(storage: &dyn Storage, thousands: u32) {
    let kind = make::declare(storage, &[NAME]).await[0];
    let worker = make::registered(storage, 0).await;
    for nth in 0..thousands {
        let jobs = (0..1_000).map(|_| make::job(kind)).collect();
        make::insert(storage, jobs, 0).await;
        let claimed = make::claim(storage, worker, 1_000, 0).await;
        let dead = nth.is_multiple_of(100);
        let done: Vec<Finish> = claimed
            .iter()
            .map(|claimed| {
                make::finish(
                    claimed,
                    Next::End(make::end(if dead { State::Dead } else { State::Succeeded })),
                )
            })
            .collect();
        storage.finish(done, make::now(1)).await.expect("finished");
    }
    for _ in 0..thousands {
        let jobs = (0..1_000).map(|_| make::job(kind)).collect();
        make::insert(storage, jobs, 0).await;
    }
}
