//! What is particular to Postgres. The server is `JOBS_TEST_POSTGRES` or the one at 127.0.0.1:5432; without one
//! the tests say so and pass, unless `CI` is set.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::{
    borrow::Cow,
    future::Future,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::Utc;
use futures_util::StreamExt;
use jobs::{
    Error, JobError, JobId, State,
    sqlx::{self, AssertSqlSafe, Connection, PgConnection, PgPool, Row as _},
    storage::{postgres::PostgresStorage, *},
};
use uuid::Uuid;

const DAY: Duration = Duration::from_secs(86_400);

fn url() -> String {
    std::env::var("JOBS_TEST_POSTGRES")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/test".into())
}

/// A schema of the test's own, dropped also if the test panics.
async fn in_schema<F: Future<Output = ()> + Send + 'static>(test: impl FnOnce(Scope) -> F) {
    let Ok(mut admin) = PgConnection::connect(&url()).await else {
        assert!(std::env::var_os("CI").is_none(), "no Postgres at {}", url());
        println!("SKIPPED: no Postgres at {}", url());
        return;
    };
    let schema = format!("t_{}", Uuid::now_v7().simple());
    let result = tokio::spawn(test(Scope {
        schema: schema.clone(),
    }))
    .await;
    sqlx::raw_sql(AssertSqlSafe(format!(
        "SET client_min_messages = warning; DROP SCHEMA IF EXISTS \"{schema}\" CASCADE"
    )))
    .execute(&mut admin)
    .await
    .unwrap();
    if let Err(panic) = result {
        std::panic::resume_unwind(panic.into_panic());
    }
}

#[derive(Clone)]
struct Scope {
    schema: String,
}

impl Scope {
    fn options(&self) -> StorageOptions {
        StorageOptions {
            schema: self.schema.clone(),
            ..StorageOptions::default()
        }
    }

    async fn storage(&self) -> Arc<PostgresStorage> {
        PostgresStorage::connect(&url(), self.options())
            .await
            .unwrap()
    }

    async fn pool(&self) -> PgPool {
        PgPool::connect(&url()).await.unwrap()
    }

    fn sql(&self, text: &str) -> AssertSqlSafe<String> {
        AssertSqlSafe(text.replace("{s}", &format!("\"{}\"", self.schema)))
    }
}

async fn kind(storage: &PostgresStorage) -> KindId {
    let kinds = storage
        .declare(Declarations {
            kinds: vec![KindDecl {
                name: "Mail".into(),
                queue: "mailers".into(),
                priority: 3,
                version: 2,
                tags: vec!["from-sql".into()],
            }],
            queues: vec![QueueDecl {
                name: "default".into(),
                paused: false,
            }],
        })
        .await
        .unwrap();
    kinds[0]
}

fn job(kind: KindId) -> NewJob {
    NewJob {
        id: JobId::new(),
        kind,
        version: 1,
        queue: "default".into(),
        priority: 0,
        run_at: RunAt::Now,
        args: r#"{"n":1}"#.into(),
        tags: vec![],
        may_exist: false,
    }
}

fn claim(worker: WorkerId, at_most: u32) -> Claim {
    Claim {
        worker,
        takes: vec![Take {
            queue: "default".into(),
            at_most,
        }],
    }
}

fn worker() -> WorkerId {
    WorkerId(Uuid::now_v7())
}

fn info(id: WorkerId, lease: Duration) -> WorkerInfo {
    WorkerInfo {
        id,
        host: "here".into(),
        pid: 1,
        lease,
        kinds: vec![],
    }
}

fn succeed(claimed: &Claimed) -> Finish {
    end(claimed, State::Succeeded, None, Some(DAY))
}

fn end(
    claimed: &Claimed,
    state: State,
    error: Option<JobError>,
    retain: Option<Duration>,
) -> Finish {
    Finish {
        claim: claimed.claim,
        ran: Some(Duration::from_millis(5)),
        to: Next::End(End {
            state,
            output: (state == State::Succeeded).then(|| "42".into()),
            reason: None,
            error,
            retain,
        }),
    }
}

fn to(claimed: &Claimed, next: Next) -> Finish {
    Finish {
        claim: claimed.claim,
        ran: Some(Duration::from_millis(5)),
        to: next,
    }
}

fn error(message: &str) -> JobError {
    serde_json::from_value(serde_json::json!({
        "type": "shop::Broken", "message": message, "chain": ["100%_Cause"]
    }))
    .unwrap()
}

/// The whole life of jobs, as the trait says it; the conformance suite has the details.
async fn lives(storage: &PostgresStorage) {
    let kind = kind(storage).await;
    let me = worker();
    storage
        .register(info(me, Duration::from_secs(60)), None)
        .await
        .unwrap();

    // Inserts are idempotent and keep their order.
    let mut jobs: Vec<_> = (0..5).map(|_| job(kind)).collect();
    jobs[3].priority = -1;
    jobs[4].run_at = RunAt::In(Duration::from_secs(3600));
    jobs[0].args = r#"{"text":"a\u0000b"}"#.into();
    let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
    let again = jobs.clone();
    assert_eq!(
        storage.insert(jobs, None).await.unwrap(),
        [Inserted::New; 5]
    );
    let mut mixed = again;
    mixed.insert(2, job(kind));
    let mut expected = vec![Inserted::Exists(kind); 6];
    expected[2] = Inserted::New;
    let extra = mixed[2].id;
    assert_eq!(storage.insert(mixed, None).await.unwrap(), expected);
    let claimed = storage.claim(claim(me, 10), None).await.unwrap();
    assert_eq!(
        claimed.iter().map(|job| job.claim.id).collect::<Vec<_>>(),
        [ids[3], ids[0], ids[1], ids[2], extra]
    );
    assert_eq!(claimed[1].args, r#"{"text":"a\u0000b"}"#);
    assert_eq!(
        storage.look(ids[0]).await.unwrap().unwrap().state,
        State::Running
    );
    assert_eq!(
        storage.look(ids[4]).await.unwrap().unwrap().state,
        State::Scheduled
    );
    assert!(storage.claim(claim(me, 10), None).await.unwrap().is_empty());

    // Every kind of end, once and again, and from a stale claim.
    let retry = Next::Retry {
        after: Duration::from_secs(600),
        queue: None,
        priority: Some(7),
        counters: Some("{}".into()),
        error: Some(error("first")),
    };
    let done = vec![
        succeed(&claimed[0]),
        to(&claimed[1], retry),
        to(&claimed[2], Next::PutBack),
        end(&claimed[3], State::Dead, Some(error("It BROKE 50%")), None),
        to(
            &claimed[4],
            Next::Block {
                on: BlockedOn::UnknownKind,
                counters: None,
            },
        ),
    ];
    let mut stale = succeed(&claimed[0]);
    stale.claim.fence += 1;
    let mut all = done.clone();
    all.push(stale.clone());
    let mut acks = vec![Ack::Done; 5];
    assert_eq!(storage.finish(done.clone(), None).await.unwrap(), acks);
    acks.push(Ack::Stale);
    assert_eq!(storage.finish(all, None).await.unwrap(), acks);
    let look = storage.look(ids[3]).await.unwrap().unwrap();
    assert_eq!(
        (look.state, look.output.as_deref()),
        (State::Succeeded, Some("42"))
    );
    let row = storage.get(ids[3]).await.unwrap().unwrap();
    assert_eq!(row.attempts.len(), 1);
    assert_eq!((row.attempts[0].number, row.name.as_str()), (1, "Mail"));
    assert!(row.attempts[0].ended_at == row.finished_at && row.finished_at.is_some());
    let row = storage.get(ids[0]).await.unwrap().unwrap();
    assert_eq!((row.state, row.priority), (State::Scheduled, 7));
    assert_eq!(row.attempts[0].error, Some(error("first")));
    assert_eq!(
        storage.look(ids[1]).await.unwrap().unwrap().state,
        State::Ready
    );
    let blocked = storage.get(extra).await.unwrap().unwrap();
    assert_eq!(blocked.state, State::Blocked);
    assert_eq!(blocked.reason.as_deref(), Some("unknown kind"));
    assert_eq!(
        storage.unblock(vec![(kind, 1)], false, None).await.unwrap(),
        1
    );

    // What is due becomes ready, by the time that is passed.
    let promoted = storage.promote(10, None).await.unwrap();
    assert_eq!(promoted.moved, 0);
    let wait = promoted.next_in.unwrap();
    assert!(
        wait < Duration::from_secs(601) && wait > Duration::from_secs(590),
        "{wait:?}"
    );
    let later = Some(Utc::now() + Duration::from_secs(7200));
    assert_eq!(
        storage.promote(10, later).await.unwrap(),
        Promoted {
            moved: 2,
            next_in: None
        }
    );
    let claimed = storage.claim(claim(me, 10), None).await.unwrap();
    assert_eq!(claimed.len(), 4);
    let retried = claimed.iter().find(|job| job.claim.id == ids[0]).unwrap();
    assert_eq!((retried.attempt, retried.runs, retried.crashes), (1, 1, 0));
    let crash = claimed
        .iter()
        .map(|job| {
            to(
                job,
                Next::Crashed {
                    error: error("lost"),
                },
            )
        })
        .collect();
    assert_eq!(storage.finish(crash, None).await.unwrap(), [Ack::Done; 4]);

    // Dead letters.
    let filter = LetterFilter {
        names: vec!["Mail".into()],
        text: Some("broke 50%".into()),
        unresolved: true,
        ..LetterFilter::default()
    };
    let letters = storage.letters(filter.clone(), 0, 10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].row.id, letters[0].row.state),
        (ids[2], State::Dead)
    );
    assert_eq!(letters[0].row.attempts.len(), 1);
    let none = LetterFilter {
        text: Some("5_%".into()),
        ..filter.clone()
    };
    assert!(storage.letters(none, 0, 10).await.unwrap().is_empty());
    let number = letters[0].number;
    let (one, two) = tokio::join!(
        storage.resolve(vec![number], Resolve::Retry, None),
        storage.resolve(vec![number, number], Resolve::Discard, None)
    );
    let resolved = [one.unwrap(), two.unwrap()].concat();
    assert_eq!(
        resolved.iter().filter(|done| **done).count(),
        1,
        "{resolved:?}"
    );
    assert!(storage.letters(filter, 0, 10).await.unwrap().is_empty());

    // Cancel.
    let waiting = job(kind);
    let id = waiting.id;
    storage.insert(vec![waiting], None).await.unwrap();
    assert_eq!(
        storage.cancel(id, DAY, None).await.unwrap(),
        Cancelled::Ended
    );
    assert_eq!(
        storage.cancel(id, DAY, None).await.unwrap(),
        Cancelled::TooLate
    );
    assert_eq!(
        storage.cancel(JobId::new(), DAY, None).await.unwrap(),
        Cancelled::NotFound
    );
    let claimed = storage.claim(claim(me, 1), None).await.unwrap();
    let running = claimed[0].claim;
    assert_eq!(
        storage.cancel(running.id, DAY, None).await.unwrap(),
        Cancelled::Asked
    );
    let renewed = storage.renew(me, None).await.unwrap();
    assert!(renewed.alive);
    assert_eq!(renewed.cancel, [running.id]);
    let progress = jobs::Progress {
        done: 1,
        total: 2,
        message: "half\0way".into(),
    };
    storage
        .progress(vec![(running, progress.clone())])
        .await
        .unwrap();
    assert_eq!(
        storage.get(running.id).await.unwrap().unwrap().progress,
        Some(progress)
    );
    let ended = end(&claimed[0], State::Cancelled, None, None);
    assert_eq!(
        storage.finish(vec![ended.clone()], None).await.unwrap(),
        [Ack::Done]
    );
    assert_eq!(
        storage.finish(vec![ended], None).await.unwrap(),
        [Ack::Done]
    );
    assert!(storage.get(running.id).await.unwrap().is_none());
    storage.prune(vec![DAY], 100, None).await.unwrap();
    storage.announce(vec![Wake::Ready(vec![])]).await.unwrap();

    // A caller's transaction, rolled back and committed.
    for commit in [false, true] {
        let mut transaction = storage.begin().await.unwrap();
        let new = job(kind);
        let id = new.id;
        let mut known = new.clone();
        known.id = ids[3];
        known.may_exist = true;
        let inserted = storage
            .insert_on(&mut transaction, vec![new, known], None)
            .await
            .unwrap();
        assert_eq!(inserted, [Inserted::New, Inserted::Exists(kind)]);
        if commit {
            transaction.commit().await.unwrap();
        } else {
            transaction.rollback().await.unwrap();
        }
        assert_eq!(storage.look(id).await.unwrap().is_some(), commit);
    }
    storage.deregister(me, None).await.unwrap();
    assert!(!storage.renew(me, None).await.unwrap().alive);
    storage.close().await;
    assert!(matches!(storage.look(ids[0]).await, Err(Error::Closed)));
    assert!(matches!(storage.begin().await, Err(Error::Closed)));
}

#[tokio::test]
async fn jobs_live_in_postgres() {
    in_schema(|scope| async move { lives(&*scope.storage().await).await }).await;
}
