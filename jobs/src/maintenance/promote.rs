//! Due jobs become ready. Sleeps until the next one is due.

use std::time::Duration;

use tokio::time::Instant;

use super::{about, log};
use crate::{
    error::Result,
    handle::Jobs,
    storage::{Promoted, Wake},
};

pub(super) async fn run(jobs: Jobs) {
    let mut due = jobs.inner().wakes.due();
    let mut settings = jobs.inner().live.watch();
    loop {
        due.mark_unchanged();
        let (batch, longest) = {
            let settings = settings.borrow_and_update();
            (settings.due_batch, settings.due_poll)
        };
        let next = match promote(&jobs).await {
            Ok(promoted) if promoted.moved >= u64::from(batch) => continue,
            Ok(promoted) => promoted.next_in.unwrap_or(longest).min(about(longest)),
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
                biased;
                () = tokio::time::sleep_until(look_at) => break,
                Ok(()) = settings.changed() => break,
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
    let (now, batch) = (inner.clock.now(), inner.live.get().due_batch);
    let promoted = inner
        .store
        .call(move |storage| async move { storage.promote(batch, now).await })
        .await?;
    if promoted.moved > 0 {
        inner.wakes.here(&Wake::Ready(Vec::new()));
    }
    Ok(promoted)
}
