//! What claims of jobs with keys take. Plain jobs pass.

use sqlx::SqliteConnection;

use super::{
    statements::Statements,
    uniques::{self, Keyed},
};
use crate::{
    error::Result,
    storage::{Claimed, Keys},
};

/// Those of the claimed jobs that may start.
pub(super) async fn admit(
    connection: &mut SqliteConnection,
    statements: &Statements,
    claimed: Vec<(Claimed, Option<Keys>)>,
    now: i64,
) -> Result<Vec<Claimed>> {
    let started: Vec<Keyed> = claimed
        .iter()
        .filter_map(|(job, keys)| {
            let keys = keys.as_ref().filter(|keys| keys.frees_at_start())?;
            Some((job.claim.id.as_uuid(), keys.clone()))
        })
        .collect();
    uniques::free(connection, statements, &started, now).await?;
    Ok(claimed.into_iter().map(|(job, _)| job).collect())
}
