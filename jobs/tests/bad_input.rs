//! Bad input: each a typed error that names the fix, and nothing is lost.
#![cfg(all(feature = "sqlite", feature = "testing"))]
#![allow(missing_docs, clippy::unwrap_used)]

use std::time::Duration;

use jobs::{
    Error, JobId, Jobs, State, job,
    storage::{
        Declarations, KindDecl, NewJob, RunAt, Storage, StorageOptions, sqlite::SqliteStorage,
    },
    testing::TestClock,
};

#[job(queue = jobs::queues::default)]
async fn keep(text: String) -> usize {
    text.len()
}

struct Missing;

#[job(queue = jobs::queues::default)]
async fn needs(#[state] _missing: &Missing) {}

async fn memory() -> Jobs {
    Jobs::builder("sqlite::memory:")
        .connect()
        .await
        .expect("memory connects")
}

#[tokio::test]
async fn urls_that_lead_nowhere() {
    for (url, says) in [
        ("redis://localhost", "use `sqlite://path`"),
        ("nonsense", "it has no scheme"),
        ("sqlite:///no/such/folder/jobs.db", "check"),
        #[cfg(feature = "postgres")]
        ("postgres://me:s3cret@127.0.0.1:1/db", "check that it runs"),
    ] {
        let error = Jobs::connect(url).await.unwrap_err().to_string();
        assert!(error.contains(says), "{url}: {error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[tokio::test]
async fn a_worker_that_could_never_run_anything_does_not_start() {
    let jobs = memory().await;
    let worker = || jobs.worker().state(Missing);
    for worker in [worker().queues([]), worker().pool("mail", [], 2)] {
        let error = worker.start().await.unwrap_err();
        assert!(
            matches!(
                &error,
                Error::InvalidSetting {
                    setting: "queues",
                    ..
                }
            ),
            "{error}"
        );
    }
    let only_a_pool = worker().queues([]).pool("mail", [jobs::queues::default], 2);
    only_a_pool
        .start()
        .await
        .expect("its pool has work")
        .stop()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_worker_that_lacks_a_state_does_not_start() {
    let jobs = memory().await;
    let error = jobs.worker().start().await.unwrap_err();
    assert!(
        matches!(&error, Error::MissingState { job: "Needs", type_name, .. } if type_name.ends_with("Missing")),
        "{error}"
    );
    assert!(error.to_string().contains("`.state(…)`"), "{error}");
    jobs.worker()
        .state(Missing)
        .start()
        .await
        .expect("it has it now")
        .stop()
        .await
        .expect("stopped");
}

#[tokio::test]
async fn arguments_over_the_limit_are_refused_and_the_limit_can_be_set() {
    let jobs = memory().await;
    let error = Keep::perform_later("x".repeat(1 << 20))
        .on(&jobs)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::TooLarge {
                limit: 1_048_576,
                ..
            }
        ),
        "{error}"
    );
    let small = Jobs::builder("sqlite::memory:")
        .max_args_bytes(20)
        .connect()
        .await
        .expect("connects");
    assert!(matches!(
        Keep::perform_later("x".repeat(30)).on(&small).await,
        Err(Error::TooLarge { limit: 20, .. })
    ));
    let tag = Keep::perform_later("").tag("").on(&jobs).await;
    assert!(matches!(tag, Err(Error::InvalidTag { .. })));
    let mut many = Keep::perform_later("").on(&jobs);
    for n in 0..17 {
        many = many.tag(n.to_string());
    }
    let error = many.await.expect_err("seventeen");
    assert!(
        matches!(
            error,
            Error::TooManyTags {
                count: 17,
                limit: 16,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_job_of_an_unknown_name_waits_for_code_that_knows_it() {
    let pool = sqlx::sqlite::SqlitePoolOptions::new()
        .max_connections(1)
        .connect("sqlite::memory:")
        .await
        .expect("memory");
    let other = SqliteStorage::with_pool(pool.clone(), StorageOptions::default())
        .await
        .expect("opened");
    let kind = KindDecl {
        name: "FromTheFuture".into(),
        queue: "default".into(),
        priority: 0,
        version: 1,
        tags: Vec::new(),
        unique_by: None,
        redact: Vec::new(),
        args: Vec::new(),
    };
    let kinds = other
        .declare(Declarations {
            kinds: vec![kind],
            queues: Vec::new(),
        })
        .await
        .expect("declared");
    let id = JobId::new();
    let new = NewJob {
        id,
        kind: kinds[0],
        version: 1,
        queue: "default".into(),
        priority: 0,
        run_at: RunAt::Now,
        args: "{}".into(),
        tags: Vec::new(),
        may_exist: false,
        keys: None,
        member: None,
        trace: None,
    };
    other.insert(vec![new], None).await.expect("inserted");
    let jobs = Jobs::with_pool(pool)
        .state(Missing)
        .await
        .expect("connected");
    let worker = jobs.worker().start().await.expect("started");
    let record = loop {
        let record = jobs.get(id).await.expect("readable").expect("it stays");
        if record.state == State::Blocked {
            break record;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!(
        (record.name.as_str(), record.reason.as_deref()),
        ("FromTheFuture", Some("unknown kind"))
    );
    assert!(record.attempts.is_empty());
    // A worker that knows the name would begin with this.
    assert_eq!(
        other
            .unblock(vec![(kinds[0], 1)], true, None)
            .await
            .expect("unblocked"),
        1
    );
    worker.stop().await.expect("stopped");
}

#[tokio::test]
async fn a_clock_that_jumps_loses_nothing() {
    let clock = TestClock::new();
    let jobs = clock
        .builder("sqlite::memory:")
        .state(Missing)
        .connect()
        .await
        .expect("connects");
    let worker = jobs.worker().start().await.expect("started");
    let later = Keep::perform_later("later")
        .wait(Duration::from_secs(3600))
        .on(&jobs)
        .await
        .expect("enqueued");
    clock.advance(&jobs, Duration::from_secs(7200));
    assert_eq!(
        later
            .result_within(Duration::from_secs(20))
            .await
            .expect("it ran"),
        5
    );
    // The host's clock is hours behind what rows say by now: what was due stays due, what is new runs.
    let behind = clock.now() - chrono::TimeDelta::hours(48);
    let old = Keep::perform_later("old")
        .wait_until(behind)
        .on(&jobs)
        .await
        .expect("enqueued");
    assert_eq!(
        old.result_within(Duration::from_secs(20))
            .await
            .expect("it ran"),
        3
    );
    worker.stop().await.expect("stopped");
}
