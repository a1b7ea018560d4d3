//! Due jobs become ready. Sleeps until the next one is due.

use std::time::{Duration, Instant};

use super::{about, log};
use crate::{
    error::Result,
    handle::Jobs,
    storage::{Promoted, Wake},
};

/// How many jobs one step makes ready.
const BATCH: u32 = 1_000;
/// How long the promoter sleeps when nothing is scheduled and nothing is announced.
const LONGEST: Duration = Duration::from_secs(10);

pub(super) async fn run(jobs: Jobs) {
    let mut due = jobs.inner().wakes.due();
    loop {
        due.mark_unchanged();
        let next = match promote(&jobs).await {
            Ok(promoted) if promoted.moved >= u64::from(BATCH) => continue,
            Ok(promoted) => promoted.next_in.unwrap_or(LONGEST).min(about(LONGEST)),
            Err(error) => {
                log("looking for due jobs", &error);
                Duration::from_secs(1)
            }
        };
        let now = Instant::now();
        let told = *due.borrow();
        // What was announced and is not known to the database (yet) counts too.
        let mut look_at = if told > now {
            told.min(now + next)
        } else {
            now + next
        };
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(look_at.into()) => break,
                told = due.changed() => {
                    if told.is_err() {
                        return;
                    }
                    look_at = look_at.min(*due.borrow_and_update());
                }
            }
        }
    }
}

/// One step.
pub(crate) async fn promote(jobs: &Jobs) -> Result<Promoted> {
    let inner = jobs.inner();
    let now = inner.clock.now();
    let promoted = inner
        .store
        .call(move |storage| async move { storage.promote(BATCH, now).await })
        .await?;
    if promoted.moved > 0 {
        inner.wakes.here(&Wake::Ready(Vec::new()));
    }
    Ok(promoted)
}
