//! What the tests of Postgres make, and where.

#![allow(unused_imports, reason = "the tests share their imports")]

use super::*;

/// The server; every test here needs one.
pub(crate) fn url() -> String {
    jobs_tests::postgres::server()
        .expect("tests without a server are ignored")
        .to_owned()
}

/// A schema of the test's own, dropped also if the test panics.
pub(crate) async fn in_schema<F: Future<Output = ()> + Send + 'static>(
    test: impl FnOnce(Scope) -> F,
) {
    let mut admin = PgConnection::connect(&url()).await.unwrap();
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
pub(crate) struct Scope {
    pub(crate) schema: String,
}

impl Scope {
    pub(crate) fn options(&self) -> StorageOptions {
        StorageOptions {
            schema: self.schema.clone(),
            ..StorageOptions::default()
        }
    }

    pub(crate) async fn storage(&self) -> Arc<PostgresStorage> {
        PostgresStorage::connect(&url(), self.options())
            .await
            .unwrap()
    }

    pub(crate) async fn pool(&self) -> PgPool {
        PgPool::connect(&url()).await.unwrap()
    }

    pub(crate) fn sql(&self, text: &str) -> AssertSqlSafe<String> {
        AssertSqlSafe(text.replace("{s}", &format!("\"{}\"", self.schema)))
    }
}

pub(crate) async fn kind(storage: &PostgresStorage) -> KindId {
    let kinds = storage
        .declare(Declarations {
            kinds: vec![KindDecl {
                name: "Mail".into(),
                queue: "mailers".into(),
                priority: 3,
                version: 2,
                tags: vec!["from-sql".into()],
                unique_by: None,
                redact: Vec::new(),
                args: Vec::new(),
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

pub(crate) fn job(kind: KindId) -> NewJob {
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
        keys: None,
        member: None,
        trace: None,
    }
}

pub(crate) fn claim(worker: WorkerId, at_most: u32) -> Claim {
    Claim {
        worker,
        takes: vec![Take {
            queue: "default".into(),
            at_most,
        }],
    }
}

pub(crate) fn worker() -> WorkerId {
    WorkerId(Uuid::now_v7())
}

pub(crate) fn info(id: WorkerId, lease: Duration) -> WorkerInfo {
    WorkerInfo {
        id,
        host: "here".into(),
        pid: 1,
        lease,
        kinds: vec![],
        pools: vec![],
    }
}

pub(crate) fn succeed(claimed: &Claimed) -> Finish {
    end(claimed, State::Succeeded, None, Some(DAY))
}

pub(crate) fn end(
    claimed: &Claimed,
    state: State,
    error: Option<JobError>,
    retain: Option<Duration>,
) -> Finish {
    Finish {
        claim: claimed.claim,
        ran: Some(Duration::from_millis(5)),
        logs: None,
        to: Next::End(End {
            state,
            output: (state == State::Succeeded).then(|| "42".into()),
            reason: None,
            error,
            retain,
        }),
    }
}

pub(crate) fn to(claimed: &Claimed, next: Next) -> Finish {
    Finish {
        claim: claimed.claim,
        ran: Some(Duration::from_millis(5)),
        logs: None,
        to: next,
    }
}

pub(crate) fn error(message: &str) -> JobError {
    serde_json::from_value(serde_json::json!({
        "type": "shop::Broken", "message": message, "chain": ["100%_Cause"]
    }))
    .unwrap()
}

pub(crate) async fn wake(wakes: &mut (impl futures_util::Stream<Item = Wake> + Unpin)) -> Wake {
    tokio::time::timeout(Duration::from_secs(5), wakes.next())
        .await
        .expect("a wake-up within five seconds")
        .expect("the stream goes on")
}
