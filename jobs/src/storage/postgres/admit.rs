//! What claims of jobs with keys take. Plain jobs never come here.

use super::{PostgresStorage, claim::WithKeys, session::Shape, uniques::Keyed};
use crate::{
    error::Result,
    storage::{Claimed, Now},
};

impl PostgresStorage {
    /// Those of the claimed jobs that may start.
    pub(super) async fn admit(&self, claimed: Vec<WithKeys>, now: Now) -> Result<Vec<Claimed>> {
        let keyed: Vec<Keyed> = claimed
            .iter()
            .filter(|(job, _)| job.claim.keyed)
            .filter_map(|(job, keys)| Some((job.claim.id.as_uuid(), keys.clone()?)))
            .filter(|(_, keys)| keys.frees_at_start())
            .collect();
        if !keyed.is_empty() {
            let mut session = self.urgent(Shape::Many).await?;
            self.free_uniques(&mut session, &keyed, now).await?;
            session.done().await?;
        }
        Ok(claimed.into_iter().map(|(job, _)| job).collect())
    }
}
