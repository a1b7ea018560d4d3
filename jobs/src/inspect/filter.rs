//! Pages of jobs that match.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::{Inspector, redact::Redactions};
use crate::{
    error::Result,
    record::{JobId, JobRecord, State},
    storage::{GroupId, inspect::JobFilter},
    workflow::BatchId,
};

/// So many jobs one statement looks through.
const SCAN: u32 = 10_000;
/// A page that is not full looks on for so long.
const PATIENCE: Duration = Duration::from_millis(40);
/// The longest page.
const LONGEST: u32 = 1_000;

/// Which jobs; an empty one is all of them. Texts match in any case (of ASCII letters), and hold no wildcards.
///
/// ```
/// let filter = jobs::inspect::Filter {
///     states: vec![jobs::State::Dead, jobs::State::Scheduled],
///     name: Some("SendWelcomeEmail".to_owned()),
///     error: Some("timed out".to_owned()),
///     ..jobs::inspect::Filter::default()
/// };
/// assert_ne!(filter, jobs::inspect::Filter::default());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Filter {
    /// In one of these states; in any if empty.
    pub states: Vec<State>,
    /// With this very name.
    pub name: Option<String>,
    /// In this queue.
    pub queue: Option<String>,
    /// With this very tag.
    pub tag: Option<String>,
    /// With this text in the JSON of their arguments. Redacted arguments are not searched.
    pub args: Option<String>,
    /// With this text in the error of any attempt.
    pub error: Option<String>,
    /// Enqueued at or after this time.
    pub since: Option<DateTime<Utc>>,
    /// Enqueued before this time.
    pub until: Option<DateTime<Utc>>,
    /// Counted by this batch, or by this stage of a chain: those of an inner batch are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchId>,
}

/// One page of a list.
///
/// ```
/// # async fn doc(inspector: jobs::inspect::Inspector) -> jobs::Result<()> {
/// let mut from = None;
/// loop {
///     let page = inspector.jobs(&jobs::inspect::Filter::default(), from, 100).await?;
///     println!("{} more", page.items.len());
///     from = page.next;
///     if from.is_none() {
///         break;
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C = JobId> {
    /// Newest first.
    pub items: Vec<T>,
    /// Where the next page begins; `None` if there is none. A page may be empty and yet have a next one: then a
    /// search has looked through as many jobs as it may at once.
    pub next: Option<C>,
}

impl Inspector {
    /// The jobs that match, newest first, from where a page before ended; at most 1,000 at once.
    ///
    /// # Errors
    /// The database fails.
    pub async fn jobs(
        &self,
        filter: &Filter,
        from: Option<JobId>,
        limit: u32,
    ) -> Result<Page<JobRecord>> {
        let kinds = self.kinds().await?;
        let limit = limit.clamp(1, LONGEST);
        let wanted = JobFilter {
            states: filter.states.clone(),
            kinds: filter.name.as_ref().map(|name| {
                let named = kinds.iter().filter(|kind| kind.name == *name);
                named.map(|kind| kind.id).collect()
            }),
            queue: filter.queue.clone(),
            tag: filter.tag.clone(),
            args: filter.args.clone().filter(|text| !text.is_empty()),
            error: filter.error.clone().filter(|text| !text.is_empty()),
            since: filter.since,
            until: filter.until,
            group: filter.batch.map(|batch| GroupId(batch.as_uuid())),
        };
        let redactions = Redactions::new(kinds);
        let started = Instant::now();
        let mut page = Page {
            items: Vec::new(),
            next: from,
        };
        loop {
            let (wanted, from) = (wanted.clone(), page.next);
            let left = limit - u32::try_from(page.items.len()).unwrap_or(limit);
            let found =
                self.call(move |storage, _| async move {
                    storage.list_jobs(wanted, from, left, SCAN).await
                })
                .await?;
            for row in found.rows {
                let mut record = JobRecord::from_row(row);
                let hidden = redactions.hide(&mut record);
                let args = |text: &String| !hidden || redactions.shows(&record, text);
                let errors = |text: &String| !hidden || redactions.shows_error(&record, text);
                if filter.args.as_ref().is_none_or(args) && filter.error.as_ref().is_none_or(errors)
                {
                    page.items.push(record);
                }
            }
            page.next = found.next;
            let full = page.items.len() >= limit as usize;
            if full || page.next.is_none() || started.elapsed() > PATIENCE {
                return Ok(page);
            }
        }
    }
}
