//! From a URL or a pool to a storage: the one place that chooses a backend.

use std::sync::Arc;

use super::{Storage, StorageOptions};
use crate::{
    error::{Error, Result},
    handle::AnyPool,
};

/// Whether a URL's scheme names a backend.
#[cfg(feature = "config")]
pub(crate) fn is_known(url: &str) -> bool {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme);
    matches!(scheme, Some("sqlite" | "postgres" | "postgresql"))
}

/// Opens what a URL names.
pub(crate) async fn open(url: &str, options: StorageOptions) -> Result<Arc<dyn Storage>> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => sqlite(url, options).await,
        Some("postgres" | "postgresql") => postgres(url, options).await,
        Some(scheme) => Err(Error::UnknownScheme {
            scheme: scheme.to_owned(),
        }),
        None => Err(Error::InvalidUrl {
            reason: "it has no scheme; write `sqlite://path` or `postgres://…`".into(),
        }),
    }
}

/// Opens an application's own pool.
pub(crate) async fn adopt(pool: AnyPool, options: StorageOptions) -> Result<Arc<dyn Storage>> {
    let _ = &options;
    match pool {
        #[cfg(feature = "sqlite")]
        AnyPool::Sqlite(pool) => Ok(super::sqlite::SqliteStorage::with_pool(pool, options).await?),
        #[cfg(feature = "postgres")]
        AnyPool::Postgres(pool) => {
            Ok(super::postgres::PostgresStorage::with_pool(pool, options).await?)
        }
    }
}

#[cfg(feature = "sqlite")]
async fn sqlite(url: &str, options: StorageOptions) -> Result<Arc<dyn Storage>> {
    Ok(super::sqlite::SqliteStorage::connect(url, options).await?)
}

#[cfg(not(feature = "sqlite"))]
async fn sqlite(_: &str, _: StorageOptions) -> Result<Arc<dyn Storage>> {
    Err(Error::FeatureDisabled { feature: "sqlite" })
}

#[cfg(feature = "postgres")]
async fn postgres(url: &str, options: StorageOptions) -> Result<Arc<dyn Storage>> {
    Ok(super::postgres::PostgresStorage::connect(url, options).await?)
}

#[cfg(not(feature = "postgres"))]
async fn postgres(_: &str, _: StorageOptions) -> Result<Arc<dyn Storage>> {
    Err(Error::FeatureDisabled {
        feature: "postgres",
    })
}
