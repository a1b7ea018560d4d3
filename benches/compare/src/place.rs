//! Where one measurement happens: a database of its own, new for each, gone afterwards.

use std::path::PathBuf;

use drive::Result;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::server::{Database, Server};

/// Which database is underneath.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    Postgres,
    Sqlite,
}

impl Backend {
    pub const ALL: [Self; 2] = [Self::Postgres, Self::Sqlite];

    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
        }
    }
}

/// A new, empty database.
pub enum Place<'a> {
    Postgres(Database<'a>),
    Sqlite(File),
}

/// A file in a directory of its own.
pub struct File {
    directory: PathBuf,
}

impl File {
    fn new() -> Result<Self> {
        use std::sync::atomic::{AtomicU32, Ordering};
        static MADE: AtomicU32 = AtomicU32::new(0);
        let count = MADE.fetch_add(1, Ordering::Relaxed);
        let directory =
            std::env::temp_dir().join(format!("jobs-compare-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        Ok(Self { directory })
    }

    fn path(&self) -> PathBuf {
        self.directory.join("compare.db")
    }

    fn read(&self) -> Result<Connection> {
        let connection = Connection::open(self.path())?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        Ok(connection)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl<'a> Place<'a> {
    pub fn new(backend: Backend, server: Option<&'a Server>) -> Result<Self> {
        Ok(match backend {
            Backend::Postgres => {
                Self::Postgres(server.ok_or("there is no Postgres server")?.database()?)
            }
            Backend::Sqlite => Self::Sqlite(File::new()?),
        })
    }

    pub fn url(&self) -> String {
        match self {
            Self::Postgres(database) => database.url.clone(),
            Self::Sqlite(file) => format!("sqlite://{}", file.path().display()),
        }
    }

    pub fn figure(&self, sql: &str) -> Result<f64> {
        match self {
            Self::Postgres(database) => database.figure(sql),
            Self::Sqlite(file) => {
                let sql = format!("SELECT CAST(({sql}) AS REAL)");
                Ok(file.read()?.query_row(&sql, [], |row| row.get(0))?)
            }
        }
    }

    pub fn run(&self, sql: &str) -> Result {
        match self {
            Self::Postgres(database) => database.run(sql),
            Self::Sqlite(file) => Ok(file.read()?.execute_batch(sql)?),
        }
    }

    /// The same ground for all: statistics are there, nothing is left to be written by the next one.
    pub fn settle(&self) -> Result {
        match self {
            Self::Postgres(database) => {
                database.run("VACUUM ANALYZE")?;
                // Only superusers may.
                let _ = database.run("CHECKPOINT");
                Ok(())
            }
            Self::Sqlite(file) => {
                file.read()?
                    .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
                Ok(())
            }
        }
    }
}
