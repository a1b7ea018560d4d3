//! Opening the storage, and what can be wrong with it, in words that name the fix.

use std::{str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    Connection as _, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
};
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;

use super::{
    PostgresStorage,
    lines::Lines,
    pooled,
    session::closed,
    statements::{Names, Statements},
};
use crate::{
    error::{Error, Result},
    storage::StorageOptions,
};

/// Claim, ack and all else; the listener has a connection of its own.
pub(super) const CONNECTIONS: u32 = 3;
/// At most so many transactions of callers at once, opened when they are asked for.
const CALLERS: u32 = 10;

impl PostgresStorage {
    pub(super) async fn close_all(&self) {
        self.closed.send_replace(true);
        self.general.close();
        self.lines.close().await;
        self.callers.close().await;
        self.held_pool.close().await;
    }

    /// Connects, finds out whether a pooler stands between, and migrates the schema if it may.
    ///
    /// # Errors
    /// What can be wrong with a URL, a server, a role or a schema, each typed and with its fix; never with the password.
    pub async fn connect(url: &str, options: StorageOptions) -> Result<Arc<Self>> {
        Self::open_with(parse(url)?, None, options).await
    }

    /// The same for an application that has a pool: its settings are used for connections of our own, so that jobs
    /// that hold all of the pool's cannot stop the sign of life; [`begin`](Self::begin) takes from the pool.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn with_pool(pool: PgPool, options: StorageOptions) -> Result<Arc<Self>> {
        let plain = PgConnectOptions::clone(&pool.connect_options()).extra_float_digits(None);
        Self::open_with(plain, Some(pool), options).await
    }

    /// A transaction for [`insert_on`](Self::insert_on) beside the caller's own writes.
    ///
    /// # Errors
    /// If the database cannot be reached, or the storage is closed.
    pub async fn begin(&self) -> Result<Transaction<'static, Postgres>> {
        if *self.closed.borrow() {
            return Err(Error::Closed);
        }
        self.callers
            .begin()
            .await
            .map_err(|error| closed(error.into()))
    }

    async fn open_with(
        plain: PgConnectOptions,
        callers: Option<PgPool>,
        options: StorageOptions,
    ) -> Result<Arc<Self>> {
        check_schema(&options.schema)?;
        let plain = match plain.get_application_name() {
            Some(_) => plain,
            None => plain.application_name("jobs"),
        };
        let stands = pooled::stands_between(&plain)
            .await
            .map_err(|error| explain(error, &plain))?;
        let pooled = options.pgbouncer.unwrap_or(stands);
        let connect = if pooled {
            pooled::pooled(&plain)
        } else if stands {
            // Told otherwise: a pooler in session mode, which refuses our start-up settings.
            plain.clone()
        } else {
            pooled::direct(&plain)
        };
        let lines = Lines::new(CONNECTIONS, connect);
        let theirs = || {
            if pooled {
                pooled::pooled(&plain)
            } else {
                plain.clone()
            }
        };
        let callers = callers.unwrap_or_else(|| pool(CALLERS).connect_lazy_with(theirs()));
        let held_pool = pool(options.tx_connections).connect_lazy_with(theirs());
        let listen = match &options.listen_url {
            Some(url) => listener(parse(url)?).await?,
            None if pooled => {
                tracing::warn!(
                    "a pooler stands before Postgres, so LISTEN is not to be had: idle workers look every 2 seconds; \
                     give `.listen_url(…)` a direct connection for wake-ups at once"
                );
                None
            }
            None => Some(plain.clone().application_name("jobs listen")),
        };

        let names = Names::new(&options.schema);
        let storage = Self {
            general: Semaphore::new(CONNECTIONS as usize - 1),
            sql: Statements::new(&names),
            names,
            lines,
            callers,
            held_pool,
            held: Arc::new(Semaphore::new(options.tx_connections as usize)),
            pooled,
            listen,
            instance: Uuid::new_v4().simple().to_string()[..12].to_owned(),
            closed: watch::Sender::new(false),
            nudges: crate::storage::nudges::channel(),
            tickets: Default::default(),
            sleepers: Default::default(),
            cursors: Default::default(),
        };
        if let Err(error) = storage.migrate(options.migrate).await {
            storage.lines.close().await;
            return Err(match error {
                Error::Database(error) => explain(error, &plain),
                other => other,
            });
        }
        Ok(Arc::new(storage))
    }
}

/// A listener behind a pooler would hear nothing and not know it.
async fn listener(plain: PgConnectOptions) -> Result<Option<PgConnectOptions>> {
    let stands = pooled::stands_between(&plain)
        .await
        .map_err(|error| explain(error, &plain))?;
    if stands {
        tracing::warn!(
            "a pooler stands behind `listen_url` too, so LISTEN is not to be had: idle workers look every 2 seconds"
        );
        return Ok(None);
    }
    Ok(Some(plain.application_name("jobs listen")))
}

/// How long a connection that a caller gives back may take to answer: the pool itself would wait for ever.
const BACK: Duration = Duration::from_secs(5);

fn pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .after_release(|connection, _| {
            Box::pin(async {
                let answer = tokio::time::timeout(BACK, connection.ping()).await;
                answer
                    .unwrap_or(Err(sqlx::Error::PoolTimedOut))
                    .map(|()| true)
            })
        })
        .max_connections(connections)
        .min_connections(0)
        .acquire_timeout(Duration::from_secs(10))
        .idle_timeout(Duration::from_secs(300))
        .max_lifetime(Duration::from_secs(1800))
        .test_before_acquire(false)
}

fn parse(url: &str) -> Result<PgConnectOptions> {
    let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
    if !matches!(scheme, "postgres" | "postgresql") {
        // A URL without a scheme may begin with its password.
        let scheme = if url.contains("://") { scheme } else { "" };
        return Err(Error::UnknownScheme {
            scheme: scheme.to_owned(),
        });
    }
    PgConnectOptions::from_str(url)
        .map(|options| {
            if matches!(options.get_ssl_mode(), PgSslMode::Require) {
                tracing::warn!(host = options.get_host(), "`sslmode=require` encrypts, but does not check who answers: say `sslmode=verify-full`");
            }
            options.extra_float_digits(None)
        })
        .map_err(|error| Error::InvalidUrl {
            reason: match error {
                sqlx::Error::Configuration(reason) => reason.to_string(),
                other => other.to_string(),
            },
        })
}

fn check_schema(schema: &str) -> Result<()> {
    let reason = if schema.is_empty() || schema.len() > 63 {
        "it takes 1 to 63 bytes"
    } else if schema.contains('\0') {
        "it takes no NUL"
    } else if schema.starts_with("pg_") {
        "names that begin with `pg_` are Postgres's own"
    } else {
        return Ok(());
    };
    Err(Error::InvalidSetting {
        setting: "schema",
        value: schema.to_owned(),
        reason,
    })
}

/// What is wrong, and where; the options' password is not among what is shown.
fn explain(error: sqlx::Error, options: &PgConnectOptions) -> Error {
    let place = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    let code = match &error {
        sqlx::Error::Database(error) => error.code().map(|code| code.into_owned()),
        _ => None,
    };
    match (&error, code.as_deref()) {
        (sqlx::Error::Configuration(reason), _) => Error::InvalidUrl {
            reason: reason.to_string(),
        },
        (_, Some("28P01" | "28000")) => Error::AccessDenied {
            place,
            user: options.get_username().to_owned(),
            source: error,
        },
        (_, Some("25006" | "42501")) => Error::ReadOnly {
            place: format!("at {place}"),
            source: error,
        },
        // A pooler's refusal has no code of its own.
        (sqlx::Error::Database(refusal), Some("08P01"))
            if refusal.message().contains("no such user") || refusal.message().contains("auth") =>
        {
            Error::AccessDenied {
                place,
                user: options.get_username().to_owned(),
                source: error,
            }
        }
        // No such database; too many connections; starting up or shutting down; connection trouble.
        (_, Some("3D000" | "53300" | "57P01" | "57P02" | "57P03")) => Error::Unreachable {
            place,
            source: error,
        },
        (_, Some(code)) if code.starts_with("08") => Error::Unreachable {
            place,
            source: error,
        },
        (
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::Protocol(_),
            _,
        ) => Error::Unreachable {
            place,
            source: error,
        },
        _ => Error::Database(error),
    }
}
