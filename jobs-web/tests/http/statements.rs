//! No page asks the database more often because more is in it.
//!
//! sqlx says each statement to `tracing`, for the whole process: the pages are asked for in a process of their own.

use std::{
    borrow::Cow,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::http::StatusCode;
use jobs::{
    Jobs, State,
    inspect::Filter,
    storage::{
        Declarations, Next, Storage, StorageOptions, postgres::PostgresStorage,
        sqlite::SqliteStorage,
    },
};
use jobs_tests::{make::*, place::Place, tests};
use tracing_subscriber::{Layer, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use super::client::{Client, PAGES};

tests!(pages_ask_no_more_of_a_fuller_database);

/// Set, to a database, where this process is to count.
const COUNTS: &str = "JOBS_TEST_STATEMENTS";
const SCHEMA: &str = "JOBS_TEST_SCHEMA";
/// More than this for one page is too much in any case.
const MOST: usize = 30;

async fn pages_ask_no_more_of_a_fuller_database(place: Arc<Place>) {
    drop(place.connect().await);
    if place.url.contains("memory") {
        return;
    }
    let output = Command::new(std::env::current_exe().expect("a path"))
        .env(COUNTS, &place.url)
        .env(SCHEMA, &place.schema)
        .output()
        .expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}

/// What the process is instead of tests, if it is asked to.
pub(crate) fn instead() -> bool {
    let (Ok(url), Ok(schema)) = (std::env::var(COUNTS), std::env::var(SCHEMA)) else {
        return false;
    };
    let said = Arc::new(AtomicUsize::new(0));
    tracing_subscriber::registry()
        .with(Counter(Arc::clone(&said)))
        .init();
    jobs_tests::run(async move {
        let jobs = Jobs::builder(&url).schema(&schema).await;
        let jobs = jobs.expect("connected");
        let storage = storage(&url, &schema).await;
        fill(&jobs, &*storage, 0, 3).await;
        let few = counts(&jobs, &said).await;
        fill(&jobs, &*storage, 3, 30).await;
        let many = counts(&jobs, &said).await;
        for ((path, few), (_, many)) in few.iter().zip(&many) {
            assert!(*few > 0, "{path}: nothing was counted");
            assert!(
                many <= few,
                "{path}: {few} statements, and {many} where there is more"
            );
            assert!(*many <= MOST, "{path}: {many} statements");
        }
    });
    true
}

async fn storage(url: &str, schema: &str) -> Arc<dyn Storage> {
    let options = StorageOptions {
        schema: schema.to_owned(),
        ..StorageOptions::default()
    };
    if url.starts_with("postgres") {
        PostgresStorage::connect(url, options)
            .await
            .expect("opened")
    } else {
        SqliteStorage::connect(url, options).await.expect("opened")
    }
}

struct Counter(Arc<AtomicUsize>);

impl<S: tracing::Subscriber> Layer<S> for Counter {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if event.metadata().target().starts_with("sqlx::query") {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Queues, jobs in all states, dead letters of one group each, batches: one of each for every number.
async fn fill(jobs: &Jobs, storage: &dyn Storage, from: usize, to: usize) {
    let mut hiding = kind("Hiding");
    hiding.redact = vec!["n".to_owned()];
    let declarations = Declarations {
        kinds: vec![hiding],
        queues: Vec::new(),
    };
    let kind = storage.declare(declarations).await.expect("declared")[0];
    let worker = registered(storage, 0).await;
    for nth in from..to {
        let queue = format!("queue {nth}");
        let of = |count: usize| (0..count).map(|_| named(kind, &queue)).collect::<Vec<_>>();
        storage.insert(of(4), None).await.expect("inserted");
        let claimed = storage.claim(take(worker, &queue, 2), None).await;
        let claimed = claimed.expect("claimed");
        let mut dead = end(State::Dead);
        // Letters alone: numbers do not tell groups apart.
        let word: String = (0..=nth).map(|_| 'x').collect();
        dead.error = Some(error(&format!("no {word}")));
        ack(storage, &claimed[0], Next::End(dead), 1).await;
        ack(storage, &claimed[1], Next::End(end(State::Succeeded)), 1).await;
        storage.insert(of(2), None).await.expect("inserted");
        let batch = jobs::batch(format!("batch {nth}"))
            .add_all((0..3).map(|_| super::batches::WebAfter {}))
            .on_complete(super::batches::WebAfter {});
        batch.on(jobs).enqueue().await.expect("enqueued");
    }
}

fn named(kind: jobs::storage::KindId, queue: &str) -> jobs::storage::NewJob {
    let mut job = job(kind);
    job.queue = Cow::Owned(queue.to_owned());
    job
}

async fn counts(jobs: &Jobs, said: &AtomicUsize) -> Vec<(String, usize)> {
    let client = Client::new(jobs);
    let inspector = jobs.inspect();
    let dead = Filter {
        states: vec![State::Dead],
        ..Filter::default()
    };
    let dead = inspector.jobs(&dead, None, 1).await.expect("read");
    let batches = inspector.batches(None, None, 1).await.expect("read");
    let groups = inspector.dead_groups().await.expect("read");
    let mut paths: Vec<String> = PAGES.iter().map(ToString::to_string).collect();
    paths.extend([
        format!("/jobs/{}", dead.items[0].id),
        format!("/jobs/{}/edit", dead.items[0].id),
        format!("/batches/{}", batches.items[0].id),
        format!("/jobs?batch={}", batches.items[0].id),
        format!("/dead/{}", groups[0].fingerprint),
        "/enqueue?name=Hiding".to_owned(),
    ]);
    let mut counts = Vec::new();
    for path in paths {
        let before = said.load(Ordering::SeqCst);
        let page = client.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        counts.push((path, said.load(Ordering::SeqCst) - before));
    }
    counts
}
