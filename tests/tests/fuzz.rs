//! Texts from outside, made up and from a corpus: no panic, and nothing that others wait for stops.
//!
//! The corpus is in `tests/corpus`, one text a line; whatever is found goes there. The attributes have a test of their
//! own kind in `jobs-macros/src/tests/fuzz.rs`, the arguments of `jobs_enqueue` in `tests/postgres/fuzz.rs`.
#![allow(missing_docs, reason = "a test")]

use std::{sync::Arc, time::Duration};

use jobs::{Jobs, Schedule, State, job, storage::sqlite::SqliteStorage};
use jobs_tests::make::{declare, job as plain};
use proptest::{
    strategy::{Strategy, ValueTree as _},
    test_runner::{Config, TestRunner},
};
use sqlx::sqlite::SqlitePoolOptions;

fn corpus(name: &str) -> Vec<String> {
    let path = format!("{}/corpus/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the corpus");
    text.lines().map(str::to_owned).collect()
}

/// The corpus, then so many texts that are made up; the same each time.
fn texts(name: &str, count: usize, pattern: &str) -> Vec<String> {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let made = proptest::string::string_regex(pattern).expect("a pattern");
    let mut texts = corpus(name);
    texts.extend((0..count).map(|_| made.new_tree(&mut runner).expect("a text").current()));
    texts
}

/// A damaged text: one character of it removed, doubled or exchanged.
fn damaged(texts: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for text in texts {
        let letters: Vec<char> = text.chars().collect();
        for at in 0..letters.len() {
            let mut removed = letters.clone();
            let letter = removed.remove(at);
            let mut doubled = letters.clone();
            doubled.insert(at, letter);
            let mut exchanged = letters.clone();
            exchanged[at] = '9';
            all.extend([removed, doubled, exchanged].map(|letters| letters.into_iter().collect()));
        }
    }
    all
}

/// Durations after `every`, cron expressions, and what is neither.
#[test]
fn schedules_are_read_or_refused_and_fire_later_than_asked() {
    let mut all = texts("schedules", 3_000, "(every )?[-0-9a-zA-Z*/,#@. µ]{0,24}");
    all.extend(damaged(&corpus("schedules")));
    let from = chrono::DateTime::from_timestamp(1_900_000_000, 0).expect("a time");
    let mut read = 0;
    for text in all {
        for zone in ["UTC", "Europe/Berlin", "Australia/Lord_Howe"] {
            match Schedule::parse(&text, zone) {
                Ok(schedule) => {
                    read += 1;
                    let next = schedule.next_after(from);
                    assert!(next > from, "{text}: {next}");
                    // What is shown of it means the same.
                    let again = Schedule::parse(&schedule.to_string(), zone).expect("shown");
                    assert_eq!(again.next_after(from), next, "{text}");
                }
                Err(error) => assert!(!error.to_string().is_empty(), "{text}"),
            }
        }
    }
    assert!(read > 100, "only {read} were schedules");
}

#[job(name = "fuzz.keep", queue = jobs::queues::default, retry = 0)]
async fn keep(text: String, #[arg(default)] count: u64) -> u64 {
    text.len() as u64 + count
}

/// Rows that somebody else wrote: each ends, or waits, and those that can be read run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payloads_run_or_are_refused_and_stop_no_other() {
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let pool = pool.connect("sqlite::memory:").await.expect("memory");
    let storage: Arc<SqliteStorage> = SqliteStorage::with_pool(pool.clone(), Default::default())
        .await
        .expect("opened");
    let kind = declare(&*storage, &["fuzz.keep"]).await[0];
    let mut all = texts(
        "payloads",
        500,
        "\\{(\"(text|count)\":[-0-9\"a-z\\[\\]{}.]{0,6},?){0,3}\\}?",
    );
    all.extend(damaged(&corpus("payloads")));
    all.push(format!("{{\"text\":{}", "[".repeat(100_000)));
    all.push(format!("{}{}", "{\"a\":".repeat(5_000), "}".repeat(5_000)));
    let rows = all.iter().map(|args| jobs::storage::NewJob {
        args: args.clone(),
        ..plain(kind)
    });
    let rows: Vec<_> = rows.collect();
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    jobs::storage::Storage::insert(&*storage, rows, None)
        .await
        .expect("stored");

    let jobs = Jobs::with_pool(pool).connect().await.expect("connected");
    let worker = jobs.worker().start().await.expect("started");
    let last = jobs
        .enqueue(Keep {
            text: "last".into(),
            count: 0,
        })
        .await
        .expect("enqueued");
    let ran = last.result_within(Duration::from_secs(30)).await;
    assert_eq!(ran.expect("the last one runs"), 4);
    worker.stop().await.expect("stopped");
    let mut states = std::collections::BTreeMap::new();
    for (id, args) in ids.into_iter().zip(all) {
        let record = jobs
            .get(id)
            .await
            .expect("it can be read")
            .expect("it is there");
        let state = record.state;
        let known = matches!(state, State::Succeeded | State::Dead | State::Blocked);
        assert!(known, "{args}: {state}");
        *states.entry(state.to_string()).or_insert(0) += 1;
    }
    assert!(states.len() >= 2 && states["succeeded"] >= 1, "{states:?}");
    jobs.close().await;
}
