//! Databases in memory for tests: migrated once in a process, then copied. A program with hundreds of tests makes
//! hundreds of them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sqlx::{SqlitePool, sqlite::SqliteOwnedBuf};

use super::errors::database;
use crate::{
    error::{Error, Result},
    storage::StorageOptions,
};

type Templates = BTreeMap<String, Arc<[u8]>>;

/// By the prefix of their tables.
static MIGRATED: Mutex<Templates> = Mutex::new(BTreeMap::new());

fn migrated() -> MutexGuard<'static, Templates> {
    MIGRATED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts a copy into a database that has just been made, if there is one to copy.
pub(super) async fn fill(pool: &SqlitePool, options: &StorageOptions) -> Result<()> {
    let Some(template) = migrated().get(&options.table_prefix).cloned() else {
        return Ok(());
    };
    let copy = SqliteOwnedBuf::try_from(&*template).map_err(|error| Error::Damaged {
        what: error.to_string(),
    })?;
    let mut connection = pool.acquire().await.map_err(database)?;
    connection
        .deserialize(None, copy, false)
        .await
        .map_err(database)
}

/// Keeps a database that has just been migrated, for the next one.
pub(super) async fn keep(pool: &SqlitePool, prefix: &str) -> Result<()> {
    if migrated().contains_key(prefix) {
        return Ok(());
    }
    let mut connection = pool.acquire().await.map_err(database)?;
    let template = connection.serialize(None).await.map_err(database)?;
    migrated().insert(prefix.to_owned(), Arc::from(template.as_ref()));
    Ok(())
}
