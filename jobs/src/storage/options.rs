//! What a backend needs to know beside its URL.

/// Settings of the storage, from the builder.
#[derive(Debug, Clone)]
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
}

impl Default for StorageOptions {
    fn default() -> Self {
        Self {
            schema: "jobs".into(),
            table_prefix: "jobs_".into(),
            migrate: true,
            listen_url: None,
            pgbouncer: None,
        }
    }
}
