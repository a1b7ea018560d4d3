//! What a backend needs to know beside its URL.

use std::fmt;

/// Settings of the storage, from the builder.
#[derive(Clone)]
pub struct StorageOptions {
    /// The Postgres schema that holds the tables.
    pub schema: String,
    /// What the names of SQLite tables begin with.
    pub table_prefix: String,
    /// Whether to migrate at connect, or only to check.
    pub migrate: bool,
    /// A direct Postgres connection for LISTEN, beside a pooled one.
    pub listen_url: Option<String>,
    /// Whether a PgBouncer in transaction mode stands between; `None` finds out.
    pub pgbouncer: Option<bool>,
    /// How many jobs with a transaction of their own run at once on Postgres; at least one.
    pub tx_connections: u32,
}

impl fmt::Debug for StorageOptions {
    /// A URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StorageOptions")
            .field("schema", &self.schema)
            .field("table_prefix", &self.table_prefix)
            .field("migrate", &self.migrate)
            .field("listen_url", &self.listen_url.as_ref().map(|_| "…"))
            .field("pgbouncer", &self.pgbouncer)
            .field("tx_connections", &self.tx_connections)
            .finish()
    }
}

impl Default for StorageOptions {
    fn default() -> Self {
        Self {
            schema: "jobs".into(),
            table_prefix: "jobs_".into(),
            migrate: true,
            listen_url: None,
            pgbouncer: None,
            tx_connections: 4,
        }
    }
}
