//! Migrations: safe with any number of processes starting at once, also through a pooler.

use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::{
    PostgresStorage,
    session::{LIMIT, Shape, statement},
    statements::hash,
};
use crate::{
    error::{Error, Result},
    storage::migrate::{Migration, pending},
};

static MIGRATIONS: [Migration; 9] = [
    Migration {
        version: 1,
        sql: include_str!("../../../sql/schema/postgres/0001_jobs.sql"),
    },
    Migration {
        version: 2,
        sql: include_str!("../../../sql/schema/postgres/0002_recurring.sql"),
    },
    Migration {
        version: 3,
        sql: include_str!("../../../sql/schema/postgres/0003_limits.sql"),
    },
    Migration {
        version: 4,
        sql: include_str!("../../../sql/schema/postgres/0004_groups.sql"),
    },
    Migration {
        version: 5,
        sql: include_str!("../../../sql/schema/postgres/0005_checkpoints.sql"),
    },
    Migration {
        version: 6,
        sql: include_str!("../../../sql/schema/postgres/0006_recurring_places.sql"),
    },
    Migration {
        version: 7,
        sql: include_str!("../../../sql/schema/postgres/0007_inspect.sql"),
    },
    Migration {
        version: 8,
        sql: include_str!("../../../sql/schema/postgres/0008_telemetry.sql"),
    },
    Migration {
        version: 9,
        sql: include_str!("../../../sql/schema/postgres/0009_arguments.sql"),
    },
];

impl PostgresStorage {
    pub(super) async fn migrate(&self, allowed: bool) -> Result<()> {
        let migrating = async {
            let found = {
                let mut session = self.open(Shape::Many).await?;
                let found = self.version(session.connection()).await?;
                session.done().await?;
                found
            };
            if pending(&MIGRATIONS, found, allowed)?.is_empty() {
                return Ok(());
            }
            self.migrate_alone().await?;
            // The first days' partitions. Until they are there, records go to the default one.
            self.keep_partitions(&[], None).await
        };
        tokio::time::timeout(LIMIT * 4, migrating)
            .await
            .unwrap_or_else(|_| {
                Err(Error::Database(sqlx::Error::Io(std::io::Error::new(
                    std::io::ErrorKind::TimedOut,
                    "the migration did not end in time; another one may hold its lock",
                ))))
            })
    }

    /// One transaction under a lock that ends with it: who comes second finds it done.
    async fn migrate_alone(&self) -> Result<()> {
        let schema = &self.names.schema;
        let mut session = self.urgent(Shape::Many).await?;
        let connection = session.connection();
        sqlx::raw_sql("SET LOCAL statement_timeout = 0; SET LOCAL client_min_messages = warning")
            .execute(&mut *connection)
            .await?;
        #[expect(clippy::cast_possible_wrap, reason = "any 64 bits do as a lock's name")]
        statement(&"SELECT pg_advisory_xact_lock($1)".into(), false)
            .bind(hash(&format!("jobs migrate {schema}")) as i64)
            .execute(&mut *connection)
            .await?;
        let found = self.version(&mut *connection).await?;
        let steps = pending(&MIGRATIONS, found, true)?;
        if found == 0 {
            let exists: bool = statement(&"SELECT to_regnamespace($1) IS NOT NULL".into(), false)
                .bind(schema.clone())
                .fetch_one(&mut *connection)
                .await?
                .get(0);
            // Where it exists, the right to create in it is enough.
            if !exists {
                sqlx::raw_sql(AssertSqlSafe(format!(
                    "CREATE SCHEMA IF NOT EXISTS {schema}"
                )))
                .execute(&mut *connection)
                .await?;
            }
            sqlx::raw_sql(AssertSqlSafe(format!(
                "CREATE TABLE IF NOT EXISTS {schema}.migrations (
                    version bigint PRIMARY KEY,
                    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
                )"
            )))
            .execute(&mut *connection)
            .await?;
        }
        for step in steps {
            sqlx::raw_sql(AssertSqlSafe(self.names.fill(step.sql)))
                .execute(&mut *connection)
                .await?;
            statement(
                &format!("INSERT INTO {schema}.migrations (version) VALUES ($1)").into(),
                false,
            )
            .bind(step.version)
            .execute(&mut *connection)
            .await?;
        }
        session.done().await
    }

    /// Of a test that has ended.
    #[cfg(feature = "testing")]
    pub(super) async fn drop_schema(&self) -> Result<()> {
        let schema = &self.names.schema;
        sqlx::raw_sql(AssertSqlSafe(format!(
            "SET client_min_messages = warning; DROP SCHEMA IF EXISTS {schema} CASCADE"
        )))
        .execute(&self.callers)
        .await?;
        Ok(())
    }

    /// 0 if there are no tables.
    async fn version(&self, connection: &mut PgConnection) -> Result<i64> {
        let schema = &self.names.schema;
        // Reading a table, any, makes the session hear what others changed in the catalog while it waited for the
        // lock; without one, `to_regclass` may answer from what this session remembers.
        let exists =
            "SELECT to_regclass($1) IS NOT NULL FROM (SELECT FROM pg_catalog.pg_class LIMIT 1) c";
        let exists: bool = statement(&exists.into(), false)
            .bind(format!("{schema}.migrations"))
            .fetch_one(&mut *connection)
            .await?
            .get(0);
        if !exists {
            return Ok(0);
        }
        Ok(statement(
            &format!("SELECT coalesce(max(version), 0) FROM {schema}.migrations").into(),
            false,
        )
        .fetch_one(connection)
        .await?
        .get(0))
    }
}

/// The newest version of the tables that this code knows.
pub(super) fn newest_migration() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}
