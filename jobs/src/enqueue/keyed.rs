//! Jobs with keys: a lane of their own into the database, and what becomes of those whose key is held.

use std::{sync::Arc, time::Duration};

use futures_core::future::BoxFuture;

use crate::{
    combine::Repeated,
    definition::OnConflict,
    error::{Error, Result},
    handle::{Inner, InsertBatch},
    storage::{Inserted, NewJob},
};

/// How long an enqueue waits for somebody's open transaction that holds its unique key.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

/// Stores one through the lane. One whose key is in an open transaction leaves the lane and waits by itself.
pub(super) async fn store(inner: &Inner, job: NewJob) -> Result<Inserted> {
    let began = tokio::time::Instant::now();
    let mut inserted = inner.keyed.submit(job.clone()).await?;
    while inserted == Inserted::Busy && began.elapsed() < PATIENCE {
        tokio::time::sleep(PAUSE).await;
        inserted = inner.keyed.submit(job.clone()).await?;
    }
    if inserted == Inserted::Busy {
        return Err(busy());
    }
    held(inner, &job, inserted)
}

/// Fails or warns if the job says so.
pub(crate) fn held(inner: &Inner, job: &NewJob, inserted: Inserted) -> Result<Inserted> {
    let unique = job.keys.as_ref().and_then(|keys| keys.unique.as_ref());
    let (Inserted::Held(holder), Some(unique)) = (inserted, unique) else {
        return Ok(inserted);
    };
    let name = || {
        let known = inner.registry.job(job.kind);
        known.map_or("(unknown)", |job| job.name)
    };
    match unique.on_conflict {
        OnConflict::Error => {
            return Err(Error::Duplicate {
                job: name().to_owned(),
                holder,
            });
        }
        OnConflict::Log => {
            tracing::warn!(job = name(), %holder, "not enqueued: its unique key is held");
        }
        _ => {}
    }
    Ok(inserted)
}

pub(super) fn busy() -> Error {
    Error::Database(sqlx::Error::Io(std::io::Error::new(
        std::io::ErrorKind::TimedOut,
        "the unique key is held by a transaction that is still open",
    )))
}

/// The flush of the lane: a batch that meets an open transaction is halved until only what waits for it is left.
pub(crate) fn lane(insert: InsertBatch) -> InsertBatch {
    Arc::new(move |jobs, repeated| halves(Arc::clone(&insert), jobs, repeated))
}

fn halves(
    insert: InsertBatch,
    mut jobs: Vec<NewJob>,
    repeated: Repeated,
) -> BoxFuture<'static, Result<Vec<Inserted>>> {
    Box::pin(async move {
        match insert(jobs.clone(), repeated).await {
            Err(error) if error.is_lock_timeout() && jobs.len() == 1 => Ok(vec![Inserted::Busy]),
            Err(error) if error.is_lock_timeout() => {
                let rest = jobs.split_off(jobs.len() / 2);
                let mut answers = halves(Arc::clone(&insert), jobs, repeated).await?;
                answers.extend(halves(insert, rest, repeated).await?);
                Ok(answers)
            }
            other => other,
        }
    })
}
