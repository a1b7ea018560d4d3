//! SQLite databases for the suite, and what only they can be asked.

use std::sync::Arc;

use futures_core::future::BoxFuture;
use jobs::{
    Error, State,
    storage::{Inserted, KindId, Next, Storage, StorageOptions, sqlite::SqliteStorage},
};
use jobs_tests::{Database, cases, make::*};
use sqlx::{Connection as _, SqliteConnection, SqlitePool, sqlite::SqlitePoolOptions};
use tempfile::TempDir;

struct InFile {
    folder: TempDir,
}

impl InFile {
    fn url(&self) -> String {
        format!("sqlite://{}", self.folder.path().join("jobs.db").display())
    }
}

impl Database for InFile {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Storage>> {
        Box::pin(async {
            let storage = SqliteStorage::connect(&self.url(), StorageOptions::default()).await;
            storage.expect("the file can be opened") as Arc<dyn Storage>
        })
    }
}

fn in_file() -> InFile {
    InFile {
        folder: TempDir::new().expect("a folder"),
    }
}

/// A file in a folder of its own.
pub(crate) fn file() -> BoxFuture<'static, Arc<dyn Database>> {
    Box::pin(async { Arc::new(in_file()) as Arc<dyn Database> })
}

struct InMemory(SqlitePool);

impl Database for InMemory {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Storage>> {
        Box::pin(async {
            let storage = SqliteStorage::with_pool(self.0.clone(), StorageOptions::default()).await;
            storage.expect("memory can be opened") as Arc<dyn Storage>
        })
    }
}

/// Memory, of which all handles share the one connection.
pub(crate) fn memory() -> BoxFuture<'static, Arc<dyn Database>> {
    Box::pin(async {
        let options = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
        let pool = options.connect("sqlite::memory:").await.expect("memory");
        Arc::new(InMemory(pool)) as Arc<dyn Database>
    })
}
cases!(
    many_connects_at_once,
    errors_name_the_fix,
    a_newer_schema_is_refused,
    not_migrated,
    one_bad_operation_fails_alone,
    a_caller_s_transaction,
    an_application_s_pool,
    busy_is_waited_out,
    other_handles_wake,
    a_write_is_told_of_before_the_next_look,
    idle_writes_nothing,
    an_idle_worker_stands_in_no_writer_s_way,
    prefixes_live_side_by_side,
);

async fn many_connects_at_once(_: Arc<dyn Database>) {
    for _ in 0..3 {
        let database = Arc::new(in_file());
        let tasks = (0..16).map(|_| {
            let database = database.clone();
            tokio::spawn(async move {
                let storage = database.open().await;
                let kinds = declare(&*storage, &["a"]).await;
                insert(&*storage, vec![job(kinds[0])], 0).await;
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.expect("no panic");
        }
        let storage = database.open().await;
        assert_eq!(claim(&*storage, worker(), 99, 0).await.len(), 16);
    }
}

/// Each commit of a process makes the idle workers of all others look: that must not cost the writer's lock.
async fn an_idle_worker_stands_in_no_writer_s_way(_: Arc<dyn Database>) {
    let database = in_file();
    let storage = database.open().await;
    let kind = declare(&*storage, &["a"]).await[0];
    assert!(claim(&*storage, worker(), 9, 0).await.is_empty());

    let mut other = SqliteConnection::connect(&database.url())
        .await
        .expect("connected");
    for text in ["BEGIN IMMEDIATE", "COMMIT"] {
        sqlx::query(text).execute(&mut other).await.expect("done");
        let looking = claim(&*storage, worker(), 9, 0);
        let found = tokio::time::timeout(std::time::Duration::from_secs(5), looking).await;
        assert!(found.expect("no lock is waited for").is_empty());
    }
    insert(&*storage, vec![job(kind), job(kind)], 0).await;
    for _ in 0..2 {
        assert_eq!(claim(&*storage, worker(), 1, 0).await.len(), 1);
    }
}

async fn connect(url: &str) -> Result<Arc<SqliteStorage>, Error> {
    SqliteStorage::connect(url, StorageOptions::default()).await
}

async fn errors_name_the_fix(_: Arc<dyn Database>) {
    let database = in_file();
    let folder = database.folder.path().display();
    let missing = connect(&format!("sqlite://{folder}/none/jobs.db")).await;
    let Err(error @ Error::Unreachable { .. }) = missing else {
        panic!("{missing:?}");
    };
    assert!(error.to_string().contains("create it"), "{error}");
    let a_folder = connect(&format!("sqlite://{folder}")).await;
    assert!(
        matches!(
            a_folder,
            Err(Error::Unreachable { .. } | Error::ReadOnly { .. })
        ),
        "{a_folder:?}"
    );
    let garbage = database.folder.path().join("garbage.db");
    std::fs::write(&garbage, vec![b'x'; 9_000]).expect("written");
    let garbage = connect(&format!("sqlite://{}", garbage.display())).await;
    assert!(
        matches!(garbage, Err(Error::Unreachable { .. })),
        "{garbage:?}"
    );
    database.open().await.close().await;
    let read_only = connect(&format!("{}?mode=ro", database.url())).await;
    assert!(
        matches!(read_only, Err(Error::ReadOnly { .. })),
        "{read_only:?}"
    );
    let unknown = connect("sqlite://x.db?mode=nonsense").await;
    assert!(
        matches!(unknown, Err(Error::InvalidUrl { .. })),
        "{unknown:?}"
    );
    let options = StorageOptions {
        table_prefix: "a; --".to_owned(),
        ..StorageOptions::default()
    };
    let prefix = SqliteStorage::connect(&database.url(), options).await;
    assert!(
        matches!(prefix, Err(Error::InvalidSetting { .. })),
        "{prefix:?}"
    );
}

/// A connection that is none of the storage's.
async fn raw(database: &InFile) -> SqliteConnection {
    SqliteConnection::connect(&database.url())
        .await
        .expect("connected")
}

async fn run(connection: &mut SqliteConnection, statement: &'static str) {
    sqlx::query(statement)
        .execute(connection)
        .await
        .expect("done");
}

async fn a_newer_schema_is_refused(_: Arc<dyn Database>) {
    let database = in_file();
    database.open().await.close().await;
    run(
        &mut raw(&database).await,
        "INSERT INTO jobs_migrations VALUES (99, 0)",
    )
    .await;
    let newer = connect(&database.url()).await;
    assert!(
        matches!(newer, Err(Error::NewerSchema { found: 99, .. })),
        "{newer:?}"
    );
}

async fn not_migrated(_: Arc<dyn Database>) {
    let database = in_file();
    let options = StorageOptions {
        migrate: false,
        ..StorageOptions::default()
    };
    let before = SqliteStorage::connect(&database.url(), options.clone()).await;
    assert!(
        matches!(before, Err(Error::NotMigrated { found: 0, .. })),
        "{before:?}"
    );
    database.open().await.close().await;
    SqliteStorage::connect(&database.url(), options)
        .await
        .expect("it is migrated now");
}

async fn one_bad_operation_fails_alone(_: Arc<dyn Database>) {
    let database = in_file();
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON jobs_jobs WHEN new.queue = 'bad'
                  BEGIN SELECT raise(ABORT, 'refused'); END";
    run(&mut raw(&database).await, refuse).await;
    let ready = insert(&*storage, vec![job(kinds[0])], 0).await[0];
    let claimed = claim_one(&*storage, worker(), 0).await;
    let tasks = (0..24).map(|n| {
        let (storage, mut wanted) = (storage.clone(), job(kinds[0]));
        wanted.queue = if n % 8 == 0 {
            "bad".into()
        } else {
            "good".into()
        };
        let good = job(kinds[0]);
        tokio::spawn(async move { (n, storage.insert(vec![good, wanted], now(0)).await) })
    });
    let tasks: Vec<_> = tasks.collect();
    let acked = ack(&*storage, &claimed, Next::End(end(State::Succeeded)), 1).await;
    assert_eq!(acked, jobs::storage::Ack::Done);
    for task in tasks {
        let (n, inserted) = task.await.expect("no panic");
        if n % 8 == 0 {
            assert!(matches!(inserted, Err(Error::Database(_))), "{inserted:?}");
        } else {
            assert_eq!(inserted.expect("inserted"), [Inserted::New; 2]);
        }
    }
    assert_eq!(state(&*storage, ready).await, Some(State::Succeeded));
    assert_eq!(
        claim(&*storage, worker(), 99, 2).await.len(),
        21,
        "all of an insert or none"
    );
}

async fn a_caller_s_transaction(_: Arc<dyn Database>) {
    for url in [in_file().url(), "sqlite::memory:".to_owned()] {
        let folder = in_file();
        let url = if url.contains("memory") {
            url
        } else {
            folder.url()
        };
        let storage = connect(&url).await.expect("connected");
        let kinds = declare(&*storage, &["a"]).await;
        let (kept, dropped) = (job(kinds[0]), job(kinds[0]));
        let mut transaction = storage.begin().await.expect("begun");
        let answers = storage
            .insert_on(&mut transaction, vec![dropped.clone()], now(0))
            .await;
        assert_eq!(answers.expect("inserted"), [Inserted::New]);
        transaction.rollback().await.expect("rolled back");
        let mut transaction = storage.begin().await.expect("begun");
        let twice = vec![kept.clone(), kept.clone()];
        let answers = storage
            .insert_on(&mut transaction, twice, now(0))
            .await
            .expect("inserted");
        assert_eq!(answers, [Inserted::New, Inserted::Exists(kinds[0])]);
        transaction.commit().await.expect("committed");
        assert_eq!(state(&*storage, dropped.id).await, None);
        assert_eq!(state(&*storage, kept.id).await, Some(State::Ready));
    }
}

async fn an_application_s_pool(_: Arc<dyn Database>) {
    let database = in_file();
    database.open().await.close().await;
    let pool = SqlitePool::connect(&database.url())
        .await
        .expect("connected");
    let storage = SqliteStorage::with_pool(pool.clone(), StorageOptions::default())
        .await
        .expect("connected");
    let id = one(&*storage).await;
    let transaction = storage.begin().await.expect("begun");
    transaction.commit().await.expect("committed");
    storage.close().await;
    assert!(storage.begin().await.is_err());
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs_jobs")
        .fetch_one(&pool)
        .await
        .expect("the application's pool is still open");
    assert_eq!(count, 1);
    assert_eq!(state(&*database.open().await, id).await, Some(State::Ready));
}

async fn busy_is_waited_out(_: Arc<dyn Database>) {
    let database = in_file();
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let mut holder = raw(&database).await;
    run(&mut holder, "BEGIN IMMEDIATE").await;
    let inserting = tokio::spawn(async move {
        insert(&*storage, vec![job(kinds[0])], 0).await;
    });
    // Longer than a connection itself waits.
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    assert!(!inserting.is_finished());
    run(&mut holder, "COMMIT").await;
    inserting.await.expect("inserted");
}

async fn other_handles_wake(database: Arc<dyn Database>) {
    use futures_util::StreamExt as _;
    let (left, right) = (database.open().await, database.open().await);
    let mut wakes = right.wakeups();
    // The first look is what later ones are compared with.
    let early = tokio::time::timeout(std::time::Duration::from_millis(700), wakes.next()).await;
    assert!(early.is_err(), "{early:?}");
    one(&*left).await;
    let wake = tokio::time::timeout(std::time::Duration::from_secs(5), wakes.next()).await;
    assert!(wake.expect("in time").is_some());
}

/// Asking four times a second says that anything may have changed; only the operating system's word says that jobs may
/// be ready.
async fn a_write_is_told_of_before_the_next_look(database: Arc<dyn Database>) {
    use futures_util::StreamExt as _;
    use jobs::storage::Wake;
    let (left, right) = (database.open().await, database.open().await);
    let mut wakes = right.wakeups();
    let mut early = 0;
    for _ in 0..20 {
        one(&*left).await;
        let wake = tokio::time::timeout(std::time::Duration::from_millis(300), wakes.next()).await;
        early += usize::from(wake == Ok(Some(Wake::Ready(Vec::new()))));
    }
    assert!(early > 5, "{early} of 20");
}

async fn idle_writes_nothing(_: Arc<dyn Database>) {
    let database = in_file();
    let storage = database.open().await;
    declare(&*storage, &["a"]).await;
    let worker = registered(&*storage, 0).await;
    let mut watcher = raw(&database).await;
    let mut version = async || {
        let version: i64 = sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut watcher)
            .await
            .expect("read");
        version
    };
    let before = version().await;
    declare(&*storage, &["a"]).await;
    assert!(storage.renew(worker, now(1)).await.expect("renewed").alive);
    assert!(claim(&*storage, worker, 9, 1).await.is_empty());
    storage.promote(9, now(1)).await.expect("promoted");
    storage
        .unblock(vec![(KindId(1), 1)], true, now(1))
        .await
        .expect("unblocked");
    storage.lost(9, now(1)).await.expect("looked");
    storage.prune(vec![DAY], 9, now(1)).await.expect("pruned");
    storage
        .announce(vec![jobs::storage::Wake::All])
        .await
        .expect("announced");
    assert_eq!(version().await, before);
}

async fn prefixes_live_side_by_side(_: Arc<dyn Database>) {
    let database = in_file();
    let storage = database.open().await;
    let id = one(&*storage).await;
    let options = StorageOptions {
        table_prefix: "Other_".to_owned(),
        ..StorageOptions::default()
    };
    let other = SqliteStorage::connect(&database.url(), options)
        .await
        .expect("connected");
    assert_eq!(state(&*other, id).await, None);
    one(&*other).await;
    assert_eq!(claim(&*other, worker(), 9, 0).await.len(), 1);
    assert_eq!(state(&*storage, id).await, Some(State::Ready));
}
