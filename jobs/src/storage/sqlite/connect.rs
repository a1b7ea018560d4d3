//! Opening a database: typed errors that name the fix, WAL, migrations, and the pools.

use std::{path::Path, str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    AssertSqlSafe, Connection, Row, Sqlite, SqliteConnection, SqlitePool, Transaction,
    pool::PoolOptions,
    sqlite::{SqliteConnectOptions, SqliteSynchronous},
};

use super::{
    SqliteStorage,
    clock::Clock,
    errors::{Patience, connecting, database, is_busy, is_busy_error},
    liveness::Liveness,
    place::{Opened, Place},
    statements::Statements,
    writer::Writer,
};
use crate::{
    error::{Error, Result},
    storage::{
        StorageOptions,
        migrate::{Migration, pending},
        sql::{check_prefix, fill},
    },
};

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        sql: include_str!("../../../sql/schema/sqlite/0001_jobs.sql"),
    },
    Migration {
        version: 2,
        sql: include_str!("../../../sql/schema/sqlite/0002_recurring.sql"),
    },
    Migration {
        version: 3,
        sql: include_str!("../../../sql/schema/sqlite/0003_limits.sql"),
    },
    Migration {
        version: 4,
        sql: include_str!("../../../sql/schema/sqlite/0004_groups.sql"),
    },
    Migration {
        version: 5,
        sql: include_str!("../../../sql/schema/sqlite/0005_checkpoints.sql"),
    },
    Migration {
        version: 6,
        sql: include_str!("../../../sql/schema/sqlite/0006_recurring_places.sql"),
    },
    Migration {
        version: 7,
        sql: include_str!("../../../sql/schema/sqlite/0007_inspect.sql"),
    },
    Migration {
        version: 8,
        sql: include_str!("../../../sql/schema/sqlite/0008_telemetry.sql"),
    },
    Migration {
        version: 9,
        sql: include_str!("../../../sql/schema/sqlite/0009_arguments.sql"),
    },
];

/// Readers of one process.
const READERS: u32 = 4;

impl SqliteStorage {
    pub(super) async fn close_all(&self) {
        self.closed.send_replace(true);
        self.writer.close().await;
        for pool in &self.owned {
            pool.close().await;
        }
        self.liveness.release_all();
    }

    /// Opens or makes the database of `sqlite://path` or `sqlite::memory:`, and migrates it.
    ///
    /// # Errors
    /// Each names the fix: the URL or prefix cannot be read, the file cannot be opened or written, it is on a
    /// network file system, a newer release has migrated it, or it is not migrated and must not be.
    pub async fn connect(url: &str, options: StorageOptions) -> Result<Arc<Self>> {
        let parsed = SqliteConnectOptions::from_str(url).map_err(|error| Error::InvalidUrl {
            reason: error.to_string(),
        })?;
        let parsed = parsed.create_if_missing(true);
        let place = if url.starts_with("sqlite::memory:") || url.contains("mode=memory") {
            Place::Memory
        } else {
            file(parsed.get_filename())?
        };
        let ours = ours(parsed);
        match place {
            Place::File(_) => {
                let general = pool(READERS).connect_lazy_with(ours.clone());
                let mut storage = open_file(place, ours, general.clone(), options).await?;
                storage.owned.push(general);
                Ok(Arc::new(storage))
            }
            Place::Memory => {
                // The database lives as long as its one connection.
                let pool = pool(1).connect_lazy_with(ours.clone());
                #[cfg(feature = "testing")]
                super::template::fill(&pool, &options).await?;
                let mut storage = open_memory(ours, pool.clone(), options).await?;
                #[cfg(feature = "testing")]
                super::template::keep(&pool, &storage.statements.prefix).await?;
                storage.owned.push(pool);
                Ok(Arc::new(storage))
            }
        }
    }

    /// Uses the database of the application's own pool. For a file, the writer and the readers have connections
    /// of their own, opened in the same way; for memory, everything goes through the pool itself.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn with_pool(pool: SqlitePool, options: StorageOptions) -> Result<Arc<Self>> {
        let theirs = SqliteConnectOptions::clone(&pool.connect_options());
        // The one way to tell that holds for every way to open memory.
        let listed = sqlx::query("PRAGMA database_list")
            .fetch_all(&pool)
            .await
            .map_err(|error| {
                connecting(
                    database(error),
                    &theirs.get_filename().display().to_string(),
                    false,
                )
            })?;
        let path: String = listed
            .iter()
            .find(|row| matches!(row.try_get::<String, _>(1), Ok(name) if name == "main"))
            .and_then(|row| row.try_get(2).ok())
            .unwrap_or_default();
        let storage = if path.is_empty() {
            open_memory(theirs, pool, options).await?
        } else {
            let place = file(Path::new(&path))?;
            open_file(place, ours(theirs), pool, options).await?
        };
        Ok(Arc::new(storage))
    }

    /// Begins a transaction that may write at once: one that only later finds that it must fails with BUSY.
    ///
    /// # Errors
    /// The database fails, or is busy for more than 30 seconds, or its file has gone.
    pub async fn begin(&self) -> Result<Transaction<'static, Sqlite>> {
        if *self.closed.borrow() {
            return Err(Error::Closed);
        }
        self.opened.check()?;
        let mut patience = Patience::new();
        loop {
            match self.general.begin_with("BEGIN IMMEDIATE").await {
                Ok(transaction) => return Ok(transaction),
                Err(error) if is_busy(&error) && patience.wait().await => {}
                Err(error) => return Err(database(error)),
            }
        }
    }
}

fn file(path: &Path) -> Result<Place> {
    let full = std::path::absolute(path).map_err(|error| Error::InvalidUrl {
        reason: format!("the path {}: {error}", path.display()),
    })?;
    // A link's target is where the files beside the database are.
    let full = full.canonicalize().unwrap_or(full);
    if let Some(folder) = full.parent()
        && !folder.is_dir()
    {
        return Err(Error::Unreachable {
            place: full.display().to_string(),
            source: sqlx::Error::Configuration(
                format!("there is no folder {}: create it", folder.display()).into(),
            ),
        });
    }
    let place = Place::File(full);
    place.check()?;
    Ok(place)
}

/// What every connection of ours has, whoever chose the rest. WAL is set once, by `prepare`.
fn ours(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        // A batch of rows should not wait for its reader in the middle.
        .row_buffer_size(1024)
}

fn pool(connections: u32) -> PoolOptions<Sqlite> {
    PoolOptions::new()
        .max_connections(connections)
        .min_connections(0)
        .idle_timeout(None)
        .max_lifetime(None)
        // A file does not hang up; a ping on every use would double the cost of a small read.
        .test_before_acquire(false)
}

async fn open_file(
    place: Place,
    options: SqliteConnectOptions,
    general: SqlitePool,
    settings: StorageOptions,
) -> Result<SqliteStorage> {
    check_prefix("table_prefix", &settings.table_prefix)?;
    let shown = place.show();
    let existed = matches!(&place, Place::File(path) if path.exists());
    let typed = |error| connecting(error, &shown, existed);
    let mut connection = open(&options).await.map_err(typed)?;
    prepare(&mut connection, true, &settings)
        .await
        .map_err(typed)?;
    connection
        .close()
        .await
        .map_err(|error| typed(database(error)))?;
    // What has gone must not be made again, empty.
    let options = options.create_if_missing(false);
    let writing = pool(1).connect_lazy_with(options.clone());
    let readers = pool(READERS).connect_lazy_with(options.clone());
    let owned = vec![writing.clone(), readers.clone()];
    let liveness = match &place {
        Place::File(path) => Liveness::beside(path),
        Place::Memory => Liveness::in_process(),
    };
    Ok(assemble(
        place,
        options,
        [writing, readers, general],
        owned,
        liveness,
        &settings,
    ))
}

async fn open_memory(
    options: SqliteConnectOptions,
    pool: SqlitePool,
    settings: StorageOptions,
) -> Result<SqliteStorage> {
    check_prefix("table_prefix", &settings.table_prefix)?;
    let mut connection = pool.acquire().await.map_err(database)?;
    prepare(&mut connection, false, &settings).await?;
    drop(connection);
    let pools = [pool.clone(), pool.clone(), pool];
    Ok(assemble(
        Place::Memory,
        options,
        pools,
        Vec::new(),
        Liveness::in_process(),
        &settings,
    ))
}

fn assemble(
    place: Place,
    options: SqliteConnectOptions,
    [writing, readers, general]: [SqlitePool; 3],
    owned: Vec<SqlitePool>,
    liveness: Liveness,
    settings: &StorageOptions,
) -> SqliteStorage {
    let statements = Arc::new(Statements::new(&settings.table_prefix));
    let clock = Arc::new(Clock::new());
    let keeps_connection = matches!(place, Place::File(_));
    let opened = Opened::new(&place);
    let writer = Writer::start(
        writing,
        keeps_connection,
        opened.clone(),
        statements.clone(),
        clock.clone(),
    );
    SqliteStorage {
        statements,
        clock,
        place,
        opened,
        options,
        readers,
        general,
        owned,
        one_job: Arc::new(tokio::sync::Semaphore::new(1)),
        writer,
        liveness,
        closed: tokio::sync::watch::Sender::new(false),
        nudges: crate::storage::nudges::channel(),
        fruitless: Default::default(),
    }
}

async fn open(options: &SqliteConnectOptions) -> Result<SqliteConnection> {
    let mut patience = Patience::new();
    loop {
        match SqliteConnection::connect_with(options).await {
            Ok(connection) => return Ok(connection),
            Err(error) if is_busy(&error) && patience.wait().await => {}
            Err(error) => return Err(database(error)),
        }
    }
}

/// WAL, a try to write, and the schema. Any number of processes may do this at once.
async fn prepare(
    connection: &mut SqliteConnection,
    wal: bool,
    settings: &StorageOptions,
) -> Result<()> {
    let mut patience = Patience::new();
    loop {
        match try_prepare(connection, wal, settings).await {
            // The switch to WAL needs the file alone, and SQLite does not wait for that by itself.
            Err(error) if is_busy_error(&error) && patience.wait().await => {}
            other => return other,
        }
    }
}

async fn try_prepare(
    connection: &mut SqliteConnection,
    wal: bool,
    settings: &StorageOptions,
) -> Result<()> {
    if wal {
        let mode: String = scalar(connection, "PRAGMA journal_mode").await?;
        if mode != "wal" {
            // The first page decides the mode, so a read-only file says so here already.
            let _: String = scalar(connection, "PRAGMA journal_mode = WAL").await?;
        }
    }
    execute(connection, "BEGIN IMMEDIATE").await?;
    let done = migrate(connection, settings).await;
    match done {
        Ok(()) => execute(connection, "COMMIT").await,
        Err(error) => {
            // What failed is what the caller must hear of.
            let _ = execute(connection, "ROLLBACK").await;
            Err(error)
        }
    }
}

async fn migrate(connection: &mut SqliteConnection, settings: &StorageOptions) -> Result<()> {
    let prefix = &settings.table_prefix;
    let table = format!("{prefix}migrations");
    let exists: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1")
            .bind(table)
            .fetch_one(&mut *connection)
            .await
            .map_err(database)?;
    let names = [("{p}", prefix.as_str())];
    let found: i64 = if exists == 0 {
        0
    } else {
        let newest = fill(
            "SELECT coalesce(max(version), 0) FROM {p}migrations",
            &names,
        );
        sqlx::query_scalar(AssertSqlSafe(newest))
            .fetch_one(&mut *connection)
            .await
            .map_err(database)?
    };
    let steps = pending(MIGRATIONS, found, settings.migrate)?;
    if steps.is_empty() {
        // SQLite begins a transaction on a read-only file without a word; a write that changes nothing tells.
        return run(
            connection,
            fill("DELETE FROM {p}migrations WHERE version < 0", &names),
        )
        .await;
    }
    if exists == 0 {
        let create = fill(
            "CREATE TABLE {p}migrations (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT",
            &names,
        );
        run(connection, create).await?;
    }
    for step in steps {
        run(connection, fill(step.sql, &names)).await?;
        let note = fill(
            "INSERT INTO {p}migrations (version, applied_at) VALUES (?1, ?2)",
            &names,
        );
        sqlx::query(AssertSqlSafe(note))
            .bind(step.version)
            .bind(chrono::Utc::now().timestamp_micros())
            .execute(&mut *connection)
            .await
            .map_err(database)?;
    }
    Ok(())
}

async fn run(connection: &mut SqliteConnection, script: Arc<str>) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(script))
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

pub(super) async fn execute(
    connection: &mut SqliteConnection,
    statement: &'static str,
) -> Result<()> {
    sqlx::query(statement)
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}

async fn scalar(connection: &mut SqliteConnection, statement: &'static str) -> Result<String> {
    sqlx::query_scalar(statement)
        .fetch_one(connection)
        .await
        .map_err(database)
}

/// The newest version of the tables that this code knows.
pub(super) fn newest_migration() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}
