//! What is particular to Postgres. Without a server, or a PgBouncer, the tests that need one are reported as ignored.
#![allow(clippy::unwrap_used, missing_docs)]

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
use libtest_mimic::Trial;
use uuid::Uuid;

const PGBOUNCER: &str = "/usr/sbin/pgbouncer";
const DAY: Duration = Duration::from_secs(86_400);

/// The server; every test here needs one.
fn url() -> String {
    jobs_tests::postgres::server()
        .expect("tests without a server are ignored")
        .to_owned()
}

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let there = jobs_tests::postgres::server().is_some();
    let trials = TESTS.iter().map(|(name, test)| {
        let needed = !name.contains("pgbouncer") || Path::new(PGBOUNCER).exists();
        let trial = Trial::test(*name, || {
            jobs_tests::run(test());
            Ok(())
        });
        trial.with_ignored_flag(!(there && needed))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

type Test = fn() -> jobs_tests::CaseFuture;

const TESTS: &[(&str, Test)] = &[
    (
        "jobs_live_in_postgres",
        || Box::pin(jobs_live_in_postgres()),
    ),
    (
        "jobs_live_behind_a_pgbouncer_with_its_default_settings",
        || Box::pin(jobs_live_behind_a_pgbouncer_with_its_default_settings()),
    ),
    ("workers_hear_of_each_other", || {
        Box::pin(workers_hear_of_each_other())
    }),
    ("sql_enqueues_with_the_jobs_own_settings", || {
        Box::pin(sql_enqueues_with_the_jobs_own_settings())
    }),
    (
        "sixteen_processes_may_start_at_once_on_an_empty_database",
        || Box::pin(sixteen_processes_may_start_at_once_on_an_empty_database()),
    ),
    (
        "what_is_wrong_at_connect_is_typed_and_shows_no_password",
        || Box::pin(what_is_wrong_at_connect_is_typed_and_shows_no_password()),
    ),
    ("a_schema_may_have_any_name", || {
        Box::pin(a_schema_may_have_any_name())
    }),
    ("records_are_filed_by_day_and_dropped_with_it", || {
        Box::pin(records_are_filed_by_day_and_dropped_with_it())
    }),
    ("claims_read_the_claim_index_and_are_hot_updates", || {
        Box::pin(claims_read_the_claim_index_and_are_hot_updates())
    }),
    (
        "a_silent_worker_is_lost_and_its_claims_are_handed_over",
        || Box::pin(a_silent_worker_is_lost_and_its_claims_are_handed_over()),
    ),
    ("claims_whose_answer_was_lost_are_undone", || {
        Box::pin(claims_whose_answer_was_lost_are_undone())
    }),
    (
        "a_process_has_at_most_four_connections_and_survives_their_loss",
        || Box::pin(a_process_has_at_most_four_connections_and_survives_their_loss()),
    ),
    (
        "many_claimers_share_and_none_gets_more_than_it_asked_for",
        || Box::pin(many_claimers_share_and_none_gets_more_than_it_asked_for()),
    ),
    ("a_pgbouncer_that_ignores_our_mark_is_found_out_too", || {
        Box::pin(a_pgbouncer_that_ignores_our_mark_is_found_out_too())
    }),
    ("every_statement_says_what_goes_in", || {
        Box::pin(every_statement_says_what_goes_in())
    }),
];

/// A schema of the test's own, dropped also if the test panics.
async fn in_schema<F: Future<Output = ()> + Send + 'static>(test: impl FnOnce(Scope) -> F) {
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

    // Another claim of the same worker changes nothing.
    let mut other = succeed(&claimed[1]);
    other.claim.fence += 1;
    let put_back = Finish {
        to: Next::PutBack,
        ..other.clone()
    };
    assert_eq!(
        storage.finish(vec![other], None).await.unwrap(),
        [Ack::Stale]
    );
    assert_eq!(
        storage.finish(vec![put_back], None).await.unwrap(),
        [Ack::Stale]
    );
    assert_eq!(
        storage.look(ids[0]).await.unwrap().unwrap().state,
        State::Running
    );

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

async fn jobs_live_in_postgres() {
    in_schema(|scope| async move { lives(&*scope.storage().await).await }).await;
}

/// A PgBouncer of the test's own, with next to nothing configured.
struct PgBouncer {
    process: Child,
    port: u16,
    folder: PathBuf,
}

impl PgBouncer {
    async fn start(settings: &str) -> Option<Self> {
        let program = Path::new(PGBOUNCER);
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = std::env::temp_dir().join(format!("jobs-pgbouncer-{port}"));
        std::fs::create_dir_all(&folder).unwrap();
        let (ini, users) = (folder.join("pgbouncer.ini"), folder.join("users.txt"));
        std::fs::write(&users, "\"postgres\" \"\"\n").unwrap();
        std::fs::write(
            &ini,
            format!(
                "[databases]\n* = host=127.0.0.1 port=5432\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
                 unix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = 4\n{settings}\n",
                users.display()
            ),
        )
        .unwrap();
        // It refuses to run as root.
        let root = std::fs::metadata("/proc/self").is_ok_and(|me| {
            use std::os::unix::fs::MetadataExt;
            me.uid() == 0
        });
        let mut command = if root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let process = command
            .arg(&ini)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let bouncer = Self {
            process,
            port,
            folder,
        };
        let patience = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                patience.elapsed() < Duration::from_secs(10),
                "pgbouncer did not start"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Some(bouncer)
    }

    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // A `runuser` hands SIGTERM on to its child; SIGKILL it could not.
        let pid = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().ok();
        self.process.wait().ok();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

async fn jobs_live_behind_a_pgbouncer_with_its_default_settings() {
    in_schema(|scope| async move {
        let Some(bouncer) = PgBouncer::start("").await else {
            return;
        };
        let storage = PostgresStorage::connect(&bouncer.url(), scope.options())
            .await
            .unwrap();
        assert!(
            format!("{storage:?}").contains("pooled: true"),
            "{storage:?}"
        );
        assert_eq!(storage.idle_poll(), Duration::from_secs(2));
        // Clients that come and go, so that servers change hands.
        let others: Vec<_> = (0..4)
            .map(|_| {
                let url = bouncer.url();
                tokio::spawn(async move {
                    for _ in 0..100 {
                        let mut other = PgConnection::connect_with(
                            &url.parse::<sqlx::postgres::PgConnectOptions>()
                                .unwrap()
                                .extra_float_digits(None)
                                .statement_cache_capacity(0),
                        )
                        .await
                        .unwrap();
                        let mut transaction = other.begin().await.unwrap();
                        sqlx::query("SELECT pg_sleep(0.003)")
                            .persistent(false)
                            .execute(&mut *transaction)
                            .await
                            .unwrap();
                        transaction.commit().await.unwrap();
                    }
                })
            })
            .collect();
        let second = PostgresStorage::connect(&bouncer.url(), scope.options())
            .await
            .unwrap();
        let kind = kind(&second).await;
        for _ in 0..100 {
            let mut new = job(kind);
            new.queue = "other".into();
            second.insert(vec![new], None).await.unwrap();
        }
        lives(&storage).await;
        for other in others {
            other.await.unwrap();
        }
        second.close().await;

        // With a direct connection beside it, wake-ups come.
        let options = StorageOptions {
            listen_url: Some(url()),
            ..scope.options()
        };
        let hearing = PostgresStorage::connect(&bouncer.url(), options)
            .await
            .unwrap();
        hears(&scope, &hearing).await;
        // A listen_url that is pooled too is found out.
        let options = StorageOptions {
            listen_url: Some(bouncer.url()),
            ..scope.options()
        };
        let deaf = PostgresStorage::connect(&bouncer.url(), options)
            .await
            .unwrap();
        assert_eq!(deaf.idle_poll(), Duration::from_secs(2));
        let mut wakes = deaf.wakeups();
        assert!(
            tokio::time::timeout(Duration::from_millis(100), wakes.next())
                .await
                .is_err(),
            "nothing is heard, and the stream has not ended"
        );
        deaf.close().await;
        assert_eq!(wakes.next().await, None);
        hearing.close().await;
    })
    .await;
}

async fn wake(wakes: &mut (impl futures_util::Stream<Item = Wake> + Unpin)) -> Wake {
    tokio::time::timeout(Duration::from_secs(5), wakes.next())
        .await
        .expect("a wake-up within five seconds")
        .expect("the stream goes on")
}

/// `hearing` hears what another storage, SQL and a caller's transaction say, and not itself.
async fn hears(scope: &Scope, hearing: &Arc<PostgresStorage>) {
    let other = scope.storage().await;
    let kind = kind(&other).await;
    let mut wakes = hearing.wakeups();
    // The listener connects in the background: say it until it is heard.
    let patience = Instant::now();
    loop {
        other.announce(vec![Wake::Cancel]).await.unwrap();
        let heard = tokio::time::timeout(Duration::from_millis(100), wakes.next()).await;
        if let Ok(heard) = heard {
            assert_eq!(heard, Some(Wake::Cancel));
            break;
        }
        assert!(
            patience.elapsed() < Duration::from_secs(5),
            "nothing is heard"
        );
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    hearing.announce(vec![Wake::All]).await.unwrap();
    let queues: Vec<Cow<'static, str>> = vec!["a".into(), "b'\"ü".into()];
    other
        .announce(vec![
            Wake::Ready(queues.clone()),
            Wake::DueIn(Duration::from_millis(1500)),
        ])
        .await
        .unwrap();
    let mut next = wake(&mut wakes).await;
    while next == Wake::Cancel {
        next = wake(&mut wakes).await;
    }
    assert_eq!(next, Wake::Ready(queues));
    assert_eq!(
        wake(&mut wakes).await,
        Wake::DueIn(Duration::from_millis(1500))
    );

    // In a transaction: only if somebody sleeps.
    let me = worker();
    hearing.register(info(me, DAY), None).await.unwrap();
    let insert = |commit: bool| {
        let other = Arc::clone(&other);
        async move {
            let mut transaction = other.begin().await.unwrap();
            other
                .insert_on(&mut transaction, vec![job(kind)], None)
                .await
                .unwrap();
            if commit {
                transaction.commit().await.unwrap();
            } else {
                transaction.rollback().await.unwrap();
            }
        }
    };
    insert(true).await;
    assert!(
        tokio::time::timeout(Duration::from_millis(200), wakes.next())
            .await
            .is_err()
    );
    while !hearing
        .claim(claim(me, 100), None)
        .await
        .unwrap()
        .is_empty()
    {}
    insert(false).await;
    assert!(
        tokio::time::timeout(Duration::from_millis(200), wakes.next())
            .await
            .is_err()
    );
    insert(true).await;
    assert_eq!(wake(&mut wakes).await, Wake::Ready(vec!["default".into()]));
    let pool = scope.pool().await;
    sqlx::query(
        scope.sql("SELECT {s}.jobs_enqueue('Mail', '{}', run_at => now() + interval '1 hour')"),
    )
    .execute(&pool)
    .await
    .unwrap();
    let due = wake(&mut wakes).await;
    assert!(
        matches!(due, Wake::DueIn(wait) if wait > Duration::from_secs(3590) && wait <= Duration::from_secs(3600)),
        "{due:?}"
    );

    // A lost connection is found out, and said.
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'jobs listen' AND query LIKE '%' || $1 || '%'")
        .bind(&scope.schema)
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(wake(&mut wakes).await, Wake::All);
    tokio::time::sleep(Duration::from_millis(300)).await;
    other.announce(vec![Wake::Cancel]).await.unwrap();
    assert_eq!(wake(&mut wakes).await, Wake::Cancel);
    other.close().await;
}

async fn workers_hear_of_each_other() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        assert_eq!(storage.idle_poll(), Duration::from_secs(10));
        hears(&scope, &storage).await;
        let mut wakes = storage.wakeups();
        storage.close().await;
        assert_eq!(wakes.next().await, None);
    })
    .await;
}

async fn sql_enqueues_with_the_jobs_own_settings() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        kind(&storage).await;
        let pool = scope.pool().await;
        let call = async |arguments: &str| -> Result<Uuid, sqlx::Error> {
            let text = format!("SELECT {{s}}.jobs_enqueue({arguments})");
            Ok(sqlx::query(scope.sql(&text)).fetch_one(&pool).await?.get(0))
        };
        let id = call(r#"'Mail', '{"user_id": 42}'"#).await.unwrap();
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        let (seconds, _) = id.get_timestamp().unwrap().to_unix();
        assert!(seconds.abs_diff(u64::try_from(Utc::now().timestamp()).unwrap()) < 60);
        let row = storage.get(id.into()).await.unwrap().unwrap();
        assert_eq!(
            (
                row.queue.as_str(),
                row.priority,
                row.state,
                row.tags.as_slice()
            ),
            (
                "mailers",
                3,
                State::Ready,
                ["from-sql".to_owned()].as_slice()
            )
        );
        assert_eq!(row.args, r#"{"user_id": 42}"#);
        let me = worker();
        let take = Take {
            queue: "mailers".into(),
            at_most: 1,
        };
        let claimed = storage
            .claim(
                Claim {
                    worker: me,
                    takes: vec![take],
                },
                None,
            )
            .await
            .unwrap();
        assert_eq!(claimed[0].version, 2);

        let id = call(
            "'Mail', '{}', queue => 'own', run_at => now() + interval '1 day', priority => -5",
        )
        .await
        .unwrap();
        let row = storage.get(id.into()).await.unwrap().unwrap();
        assert_eq!(
            (row.queue.as_str(), row.priority, row.state),
            ("own", -5, State::Scheduled)
        );

        // A name that no code has declared yet waits for it.
        let id = call("'Later', '{}'").await.unwrap();
        assert_eq!(
            storage.look(id.into()).await.unwrap().unwrap().state,
            State::Blocked
        );
        let names = storage.kind_names().await.unwrap();
        let (later, _) = names.iter().find(|(_, name)| name == "Later").unwrap();
        assert_eq!(
            storage
                .unblock(vec![(*later, 1)], true, None)
                .await
                .unwrap(),
            1
        );
        assert_eq!(
            storage.look(id.into()).await.unwrap().unwrap().state,
            State::Ready
        );

        for (arguments, text) in [
            ("'Mail', '[]'", "JSON object"),
            ("'Mail', NULL", "JSON object"),
            ("'', '{}'", "name"),
            ("'Mail', '{}', priority => 40000", "40000"),
            ("'Mail', '{}', unique_key => 'x'", "unique_key"),
        ] {
            let error = call(arguments).await.unwrap_err().to_string();
            assert!(error.contains(text), "{arguments}: {error}");
        }
        pool.close().await;
        storage.close().await;
    })
    .await;
}

async fn sixteen_processes_may_start_at_once_on_an_empty_database() {
    in_schema(|scope| async move {
        let starting: Vec<_> = (0..16)
            .map(|_| {
                let scope = scope.clone();
                tokio::spawn(async move {
                    let storage = PostgresStorage::connect(&url(), scope.options()).await?;
                    kind(&storage).await;
                    storage.close().await;
                    Ok::<_, Error>(())
                })
            })
            .collect();
        for start in starting {
            start.await.unwrap().unwrap();
        }
        let pool = scope.pool().await;
        let applied: i64 = sqlx::query_scalar(scope.sql("SELECT count(*) FROM {s}.migrations"))
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(applied, 1);
        sqlx::query(scope.sql("INSERT INTO {s}.migrations (version) VALUES (99)"))
            .execute(&pool)
            .await
            .unwrap();
        let refused = PostgresStorage::connect(&url(), scope.options()).await;
        assert!(
            matches!(
                refused,
                Err(Error::NewerSchema {
                    found: 99,
                    known: 1
                })
            ),
            "{refused:?}"
        );
    })
    .await;
}

async fn what_is_wrong_at_connect_is_typed_and_shows_no_password() {
    in_schema(|scope| async move {
        let options = StorageOptions {
            migrate: false,
            ..scope.options()
        };
        let error = PostgresStorage::connect(&url(), options).await.unwrap_err();
        assert!(
            matches!(
                error,
                Error::NotMigrated {
                    found: 0,
                    needed: 1
                }
            ),
            "{error:?}"
        );
        let secret = "s3cret";
        let connect = async |url: &str| {
            let error = PostgresStorage::connect(url, scope.options())
                .await
                .unwrap_err();
            assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
            error
        };
        let error = connect("postgres://u:s3cret@127.0.0.1:1/postgres").await;
        assert!(
            matches!(&error, Error::Unreachable { place, .. } if place == "127.0.0.1:1"),
            "{error:?}"
        );
        let error = connect("postgres://u:s3cret@127.0.0.1:99999/postgres").await;
        assert!(matches!(error, Error::InvalidUrl { .. }), "{error:?}");
        let error = connect("mysql://u:s3cret@h/test").await;
        assert!(
            matches!(&error, Error::UnknownScheme { scheme } if scheme == "mysql"),
            "{error:?}"
        );
        let error = connect("s3cret").await;
        assert!(matches!(error, Error::UnknownScheme { .. }), "{error:?}");
        let error = connect("postgres://nobody_here:s3cret@127.0.0.1:5432/postgres").await;
        assert!(
            matches!(&error, Error::AccessDenied { user, .. } if user == "nobody_here"),
            "{error:?}"
        );
        let error = connect("postgres://postgres:s3cret@127.0.0.1:5432/no_such_database").await;
        assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
        let error = connect(&format!(
            "{}?options=-c%20default_transaction_read_only%3Don",
            url()
        ))
        .await;
        assert!(matches!(error, Error::ReadOnly { .. }), "{error:?}");
        let options = StorageOptions {
            schema: "pg_mine".into(),
            ..StorageOptions::default()
        };
        let error = PostgresStorage::connect(&url(), options).await.unwrap_err();
        assert!(
            matches!(
                error,
                Error::InvalidSetting {
                    setting: "schema",
                    ..
                }
            ),
            "{error:?}"
        );
    })
    .await;
}

async fn a_schema_may_have_any_name() {
    in_schema(|scope| async move {
        let schema = format!("{} it's \"so\" \\ {{s}} ü", &scope.schema[..20]);
        let options = StorageOptions {
            schema: schema.clone(),
            ..StorageOptions::default()
        };
        let storage = PostgresStorage::connect(&url(), options).await.unwrap();
        let lived = tokio::spawn(async move { lives(&storage).await }).await;
        let pool = scope.pool().await;
        let quoted = schema.replace('"', "\"\"");
        sqlx::raw_sql(AssertSqlSafe(format!("DROP SCHEMA \"{quoted}\" CASCADE")))
            .execute(&pool)
            .await
            .unwrap();
        lived.unwrap();
    })
    .await;
}

async fn records_are_filed_by_day_and_dropped_with_it() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        let kind = kind(&storage).await;
        let pool = scope.pool().await;
        let partitions =
            async || -> i64 {
                sqlx::query_scalar(scope.sql(
                    "SELECT count(*) FROM pg_inherits WHERE inhparent = '{s}.history'::regclass",
                ))
                .fetch_one(&pool)
                .await
                .unwrap()
            };
        let count = async |table: &str| -> i64 {
            sqlx::query_scalar(scope.sql(&format!("SELECT count(*) FROM {{s}}.{table}")))
                .fetch_one(&pool)
                .await
                .unwrap()
        };
        assert_eq!(
            partitions().await,
            7,
            "three for a day, three for ninety, and the rest"
        );

        let week = 7 * DAY;
        storage.prune(vec![DAY, week], 1_000, None).await.unwrap();
        assert_eq!(partitions().await, 10);
        let me = worker();
        // Kept for a day, for a week, for a time that has no partition, dead, and not at all.
        let retains = [Some(DAY), Some(week), Some(30 * DAY), None, None];
        storage
            .insert(
                vec![job(kind); 5].into_iter().map(|_| job(kind)).collect(),
                None,
            )
            .await
            .unwrap();
        let claimed = storage.claim(claim(me, 10), None).await.unwrap();
        let done: Vec<_> = claimed
            .iter()
            .zip(retains)
            .enumerate()
            .map(|(n, (job, retain))| match n {
                3 => end(job, State::Dead, Some(error("died")), None),
                1 => end(job, State::Discarded, Some(error("gave up")), retain),
                _ => end(job, State::Succeeded, None, retain),
            })
            .collect();
        assert_eq!(storage.finish(done, None).await.unwrap(), [Ack::Done; 5]);
        assert_eq!(
            (count("history").await, count("history_other").await),
            (4, 1)
        );
        assert_eq!(
            (count("attempts").await, count("dead_letters").await),
            (2, 1)
        );

        let at = |days: u32| Some(Utc::now() + days * DAY);
        assert_eq!(storage.prune(vec![DAY], 1_000, at(1)).await.unwrap(), 0);
        assert_eq!(storage.prune(vec![DAY], 1_000, at(2)).await.unwrap(), 1);
        assert!(storage.get(claimed[0].claim.id).await.unwrap().is_none());
        assert_eq!(count("attempts").await, 2);
        assert_eq!(storage.prune(vec![DAY], 1_000, at(8)).await.unwrap(), 1);
        assert_eq!(count("attempts").await, 1);
        assert_eq!(storage.prune(vec![DAY], 1_000, at(31)).await.unwrap(), 1);
        assert_eq!(storage.prune(vec![DAY], 1_000, at(91)).await.unwrap(), 1);
        assert_eq!(
            (
                count("history").await,
                count("attempts").await,
                count("dead_letters").await
            ),
            (0, 0, 0)
        );

        // A lock that is held postpones, and blocks nobody.
        let mut blocker = pool.begin().await.unwrap();
        sqlx::query(scope.sql("LOCK TABLE {s}.history IN ACCESS SHARE MODE"))
            .execute(&mut *blocker)
            .await
            .unwrap();
        let before = partitions().await;
        let start = Instant::now();
        storage.prune(vec![DAY], 1_000, at(300)).await.unwrap();
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "{:?}",
            start.elapsed()
        );
        blocker.rollback().await.unwrap();
        storage.prune(vec![DAY], 1_000, at(300)).await.unwrap();
        assert_eq!(partitions().await, 7, "{before} before");
        storage.close().await;
    })
    .await;
}

async fn claims_read_the_claim_index_and_are_hot_updates() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        let kind = kind(&storage).await;
        let pool = scope.pool().await;
        // Many scheduled jobs are not in the way, and the statistics are from when the table was empty.
        for _ in 0..4 {
            let later = (0..5_000)
                .map(|_| NewJob { run_at: RunAt::In(DAY), ..job(kind) })
                .collect();
            storage.insert(later, None).await.unwrap();
        }
        for _ in 0..2 {
            storage.insert((0..1_000).map(|_| job(kind)).collect(), None).await.unwrap();
        }
        let text = include_str!("../../jobs/sql/queries/postgres/claim.sql")
            .replace("{s}", &format!("\"{}\"", scope.schema))
            .replace("$1", "NULL")
            .replace("$2", "gen_random_uuid()")
            .replace("$3", "ARRAY['default', 'other']")
            .replace("$4", "ARRAY[100, 100]")
            .replace("$5", "1");
        let mut connection = pool.begin().await.unwrap();
        let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN (ANALYZE, BUFFERS) {text}")))
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        connection.rollback().await.unwrap();
        let plan = plan.join("\n");
        assert!(plan.contains("Index Scan using jobs_claim on jobs"), "{plan}");
        assert!(plan.contains("Tid Scan on jobs"), "{plan}");
        assert!(!plan.contains("Seq Scan on jobs") && !plan.contains("Sort Key: j.priority"), "{plan}");

        let me = worker();
        let mut taken = 0;
        while taken < 2_000 {
            let claimed = storage.claim(claim(me, 100), None).await.unwrap();
            assert_eq!(claimed.len(), 100);
            taken += claimed.len();
            storage.finish(claimed.iter().map(succeed).collect(), None).await.unwrap();
        }
        storage.close().await;
        let patience = Instant::now();
        loop {
            let (updates, hot): (i64, i64) = sqlx::query_as(
                "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE schemaname = $1 AND relname = 'jobs'",
            )
            .bind(&scope.schema)
            .fetch_one(&pool)
            .await
            .unwrap();
            if updates >= 2_000 {
                assert!(hot * 10 > updates * 9, "{hot} of {updates}");
                break;
            }
            assert!(patience.elapsed() < Duration::from_secs(20), "{updates} updates are counted");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
    .await;
}

async fn a_silent_worker_is_lost_and_its_claims_are_handed_over() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        let kind = kind(&storage).await;
        let (silent, alive, stopped) = (worker(), worker(), worker());
        let start = Utc::now();
        for id in [silent, alive, stopped] {
            storage
                .register(info(id, Duration::from_secs(30)), Some(start))
                .await
                .unwrap();
        }
        storage.deregister(stopped, Some(start)).await.unwrap();
        storage
            .insert((0..5).map(|_| job(kind)).collect(), Some(start))
            .await
            .unwrap();
        let held = storage.claim(claim(silent, 3), Some(start)).await.unwrap();
        storage.claim(claim(alive, 1), Some(start)).await.unwrap();
        let later = Some(start + Duration::from_secs(31));
        assert!(storage.renew(alive, later).await.unwrap().alive);
        assert!(
            storage
                .lost(10, Some(start + Duration::from_secs(29)))
                .await
                .unwrap()
                .is_empty()
        );
        let lost = storage.lost(2, later).await.unwrap();
        assert_eq!(lost.len(), 2);
        let lost = storage.lost(10, later).await.unwrap();
        assert_eq!(lost.len(), 3, "they stay until somebody finishes them");
        assert!(!storage.renew(silent, later).await.unwrap().alive);
        assert!(
            storage
                .claim(claim(silent, 1), later)
                .await
                .unwrap()
                .is_empty()
        );
        // Two that hand over, and the lost one itself: one of them wins.
        let crash = |job: &Claimed| Finish {
            ran: None,
            ..to(
                job,
                Next::Crashed {
                    error: error("its worker died"),
                },
            )
        };
        let crashes: Vec<_> = lost.iter().map(crash).collect();
        let (one, two) = tokio::join!(
            storage.finish(crashes.clone(), later),
            storage.finish(crashes.clone(), later)
        );
        assert_eq!(
            (one.unwrap(), two.unwrap()),
            (vec![Ack::Done; 3], vec![Ack::Done; 3])
        );
        let claimed = storage.claim(claim(alive, 10), later).await.unwrap();
        assert_eq!(claimed.len(), 4);
        let late: Vec<_> = held.iter().map(succeed).collect();
        assert_eq!(storage.finish(late, later).await.unwrap(), [Ack::Stale; 3]);
        let row = storage.get(held[0].claim.id).await.unwrap().unwrap();
        assert_eq!(row.attempts.len(), 2);
        assert!(row.attempts[0].error.is_some() && row.attempts[1].ended_at.is_none());
        assert_eq!(claimed.iter().map(|job| job.crashes).sum::<u32>(), 3);
        // It begins anew.
        storage
            .register(info(silent, Duration::from_secs(30)), later)
            .await
            .unwrap();
        assert!(storage.renew(silent, later).await.unwrap().alive);
        storage
            .prune(vec![], 10, Some(start + 3 * DAY))
            .await
            .unwrap();
        let left: i64 = sqlx::query_scalar(scope.sql("SELECT count(*) FROM {s}.workers"))
            .fetch_one(&scope.pool().await)
            .await
            .unwrap();
        assert_eq!(left, 2);
        storage.close().await;
    })
    .await;
}

async fn claims_whose_answer_was_lost_are_undone() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        let kind = kind(&storage).await;
        let me = worker();
        storage.register(info(me, DAY), None).await.unwrap();
        storage
            .insert((0..2_000).map(|_| job(kind)).collect(), None)
            .await
            .unwrap();
        // Callers that give up at any moment.
        let mut held = Vec::new();
        for n in 0..40 {
            let wait = Duration::from_micros(100 * n);
            if let Ok(claimed) =
                tokio::time::timeout(wait, storage.claim(claim(me, 10), None)).await
            {
                held.extend(claimed.unwrap());
            }
        }
        // What was lost comes back, at once or when the statement that took it is seen to have ended.
        let patience = Instant::now();
        while held.len() < 2_000 && patience.elapsed() < Duration::from_secs(10) {
            held.extend(storage.claim(claim(me, 500), None).await.unwrap());
        }
        let mut ids: Vec<_> = held.iter().map(|job| job.claim.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!((held.len(), ids.len()), (2_000, 2_000));
        assert_eq!(
            storage
                .finish(held.iter().map(succeed).collect(), None)
                .await
                .unwrap(),
            [Ack::Done; 2_000]
        );
        storage.close().await;
    })
    .await;
}

async fn a_process_has_at_most_four_connections_and_survives_their_loss() {
    in_schema(|scope| async move {
        let name = format!("jobs {}", &scope.schema[..20]);
        let url = format!("{}?application_name={name}", url());
        let storage = PostgresStorage::connect(&url, scope.options()).await.unwrap();
        let kind = kind(&storage).await;
        let mut wakes = storage.wakeups();
        let listening = tokio::spawn(async move { wakes.next().await });
        let pool = scope.pool().await;
        let busy: Vec<_> = (0..20)
            .map(|_| {
                let storage = Arc::clone(&storage);
                tokio::spawn(async move {
                    let me = worker();
                    let mut done = 0;
                    for _ in 0..20 {
                        storage.insert((0..10).map(|_| job(kind)).collect(), None).await.unwrap();
                        let claimed = storage.claim(claim(me, 10), None).await.unwrap();
                        done += claimed.len();
                        let acks = storage.finish(claimed.iter().map(succeed).collect(), None).await.unwrap();
                        assert!(acks.iter().all(|ack| *ack == Ack::Done));
                    }
                    done
                })
            })
            .collect();
        let mut most = 0;
        for _ in 0..20 {
            let open: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 OR (application_name = 'jobs listen' AND query LIKE '%' || $2 || '%')",
            )
            .bind(&name)
            .bind(&scope.schema)
            .fetch_one(&pool)
            .await
            .unwrap();
            most = most.max(open);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!((2..=4).contains(&most), "{most} connections");
        for task in busy {
            assert!(task.await.unwrap() > 0);
        }
        // The server ends every connection that is idle: no caller notices.
        for _ in 0..3 {
            sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1")
                .bind(&name)
                .execute(&pool)
                .await
                .unwrap();
            let new = job(kind);
            let id = new.id;
            assert_eq!(storage.insert(vec![new], None).await.unwrap(), [Inserted::New]);
            assert!(storage.look(id).await.unwrap().is_some());
        }
        listening.abort();
        storage.close().await;
    })
    .await;
}

async fn many_claimers_share_and_none_gets_more_than_it_asked_for() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        let other = scope.storage().await;
        let kind = kind(&storage).await;
        for _ in 0..5 {
            storage
                .insert((0..1_000).map(|_| job(kind)).collect(), None)
                .await
                .unwrap();
        }
        let claimers: Vec<_> = (0..6)
            .map(|n| {
                let storage = Arc::clone(if n % 2 == 0 { &storage } else { &other });
                tokio::spawn(async move {
                    let me = worker();
                    let mut ids = Vec::new();
                    loop {
                        let claimed = storage.claim(claim(me, 37), None).await.unwrap();
                        assert!(claimed.len() <= 37);
                        if claimed.is_empty() {
                            return ids;
                        }
                        ids.extend(claimed.iter().map(|job| job.claim.id));
                        let acks = storage
                            .finish(claimed.iter().map(succeed).collect(), None)
                            .await
                            .unwrap();
                        assert!(acks.iter().all(|ack| *ack == Ack::Done));
                    }
                })
            })
            .collect();
        let mut ids = Vec::new();
        for claimer in claimers {
            ids.extend(claimer.await.unwrap());
        }
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!((all, ids.len()), (5_000, 5_000));

        // A paused queue gives nothing.
        storage
            .declare(Declarations {
                kinds: vec![],
                queues: vec![QueueDecl {
                    name: "halted".into(),
                    paused: true,
                }],
            })
            .await
            .unwrap();
        storage
            .insert(
                vec![
                    NewJob {
                        queue: "halted".into(),
                        ..job(kind)
                    },
                    job(kind),
                ],
                None,
            )
            .await
            .unwrap();
        let takes = ["halted", "default"].map(|queue| Take {
            queue: queue.into(),
            at_most: 5,
        });
        let claimed = storage
            .claim(
                Claim {
                    worker: worker(),
                    takes: takes.into(),
                },
                None,
            )
            .await
            .unwrap();
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].queue, "default");
        storage.close().await;
        other.close().await;
    })
    .await;
}

async fn a_pgbouncer_that_ignores_our_mark_is_found_out_too() {
    in_schema(|scope| async move {
        let settings = "ignore_startup_parameters = options, extra_float_digits";
        let Some(bouncer) = PgBouncer::start(settings).await else {
            return;
        };
        let connecting: Vec<_> = (0..8)
            .map(|_| {
                let (url, options) = (bouncer.url(), scope.options());
                tokio::spawn(async move { PostgresStorage::connect(&url, options).await })
            })
            .collect();
        for storage in connecting {
            let storage = storage.await.unwrap().unwrap();
            assert!(
                format!("{storage:?}").contains("pooled: true"),
                "{storage:?}"
            );
            storage.close().await;
        }
        // The user may know better.
        let options = StorageOptions {
            pgbouncer: Some(true),
            ..scope.options()
        };
        let storage = PostgresStorage::connect(&url(), options).await.unwrap();
        assert!(
            format!("{storage:?}").contains("pooled: true"),
            "{storage:?}"
        );
        lives(&storage).await;
    })
    .await;
}

async fn every_statement_says_what_goes_in() {
    in_schema(|scope| async move {
        use sqlx::{Executor, SqlSafeStr, Statement};
        scope.storage().await.close().await;
        let mut connection = PgConnection::connect(&url()).await.unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../jobs/sql/queries/postgres");
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let header = text.lines().next().unwrap();
            assert!(header.starts_with("-- in: "), "{path:?}");
            assert!(
                text.lines().nth(1).unwrap().starts_with("-- out: "),
                "{path:?}"
            );
            let sql = text
                .replace("{s}", &format!("\"{}\"", scope.schema))
                .replace("{p}", &format!("\"{}\".history_other", scope.schema))
                .replace("{channel}", "'c'");
            let prepared = (&mut connection)
                .prepare(AssertSqlSafe(sql).into_sql_str())
                .await
                .unwrap_or_else(|error| panic!("{path:?}: {error}"));
            let parameters = prepared.parameters().map_or(0, |known| match known {
                sqlx::Either::Left(types) => types.len(),
                sqlx::Either::Right(count) => count,
            });
            assert_eq!(header.matches('$').count(), parameters, "{path:?}");
        }
    })
    .await;
}
