//! What the storage keeps: connections, statements, and what it has seen.

use std::{fmt, sync::Arc};

use sqlx::{PgPool, postgres::PgConnectOptions};
use tokio::sync::{Semaphore, broadcast, watch};

use super::{
    claim::Tickets,
    cursor::Cursors,
    lines::Lines,
    sleepers::Sleepers,
    statements::{Names, Statements},
};
use crate::storage::Wake;

/// Jobs in a schema of a Postgres database.
pub struct PostgresStorage {
    /// Three connections for the verbs.
    pub(super) lines: Lines,
    /// Transactions that callers hold.
    pub(super) callers: PgPool,
    /// Transactions in which jobs run, and how many may be open.
    pub(super) held_pool: PgPool,
    pub(super) held: Arc<Semaphore>,
    /// All but one of these connections: the last one is for claims, acks and signs of life.
    pub(super) general: Semaphore,
    pub(super) sql: Statements,
    pub(super) names: Names,
    /// A pooler gives each transaction another server.
    pub(super) pooled: bool,
    /// How to reach a server that keeps LISTEN; `None` if there is none.
    pub(super) listen: Option<PgConnectOptions>,
    /// Tells own announcements from those of others.
    pub(super) instance: String,
    pub(super) closed: watch::Sender<bool>,
    /// What the workers of this process are to be told.
    pub(super) nudges: broadcast::Sender<Wake>,
    pub(super) tickets: Tickets,
    pub(super) sleepers: Sleepers,
    pub(super) cursors: Cursors,
}

impl fmt::Debug for PostgresStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStorage")
            .field("schema", &self.names.schema)
            .field("pooled", &self.pooled)
            .finish_non_exhaustive()
    }
}
