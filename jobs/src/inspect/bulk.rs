//! The same to many jobs.

use serde::{Deserialize, Serialize};

use super::{Answer, Filter, Inspector};
use crate::{
    error::{Error, Result},
    record::{JobId, State},
};

/// So many jobs one call changes at most.
const MOST: u64 = 100_000;
const PAGE: u32 = 500;

/// What is done to each.
///
/// ```
/// assert_eq!(serde_json::to_string(&jobs::inspect::Action::Retry).unwrap(), r#""retry""#);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// As [`Inspector::retry`].
    Retry,
    /// As [`Inspector::cancel`].
    Cancel,
    /// As [`Inspector::discard`].
    Discard,
    /// As [`Inspector::delete`].
    Delete,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Cancel => "cancel",
            Self::Discard => "discard",
            Self::Delete => "delete",
        }
    }

    /// The states of jobs to which it can be done.
    #[must_use]
    pub fn states(self) -> &'static [State] {
        match self {
            Self::Retry => &[State::Scheduled, State::Dead],
            Self::Cancel => &[
                State::Scheduled,
                State::Ready,
                State::Blocked,
                State::Running,
                State::Parked,
            ],
            Self::Discard => &[
                State::Scheduled,
                State::Ready,
                State::Blocked,
                State::Parked,
                State::Dead,
            ],
            Self::Delete => &[
                State::Succeeded,
                State::Discarded,
                State::Dead,
                State::Cancelled,
            ],
        }
    }
}

/// To which jobs.
///
/// ```
/// # let id = jobs::JobId::new();
/// use jobs::inspect::{Filter, Target};
/// let few = Target::Ids(vec![id]);
/// let all = Target::Matching(Filter { queue: Some("mailers".to_owned()), ..Filter::default() });
/// assert_ne!(few, all);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To these.
    Ids(Vec<JobId>),
    /// To all that match when their turn comes, and are in a state to which it can be done.
    Matching(Filter),
}

/// What came of it.
///
/// ```
/// # async fn doc(inspector: jobs::inspect::Inspector) -> jobs::Result<()> {
/// use jobs::inspect::{Action, Filter, Target};
/// let target = Target::Matching(Filter::default());
/// let report = inspector.bulk(Action::Retry, target, |so_far| println!("{}", so_far.done)).await?;
/// println!("{} retried, {} refused", report.done, report.refused);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// So many were looked at.
    pub seen: u64,
    /// To so many it was done (running ones were asked).
    pub done: u64,
    /// So many were not in a state for it, or were gone.
    pub refused: u64,
    /// There are more: a call changes 100,000 jobs at most.
    pub more: bool,
}

impl Inspector {
    /// Does the same to many jobs, one by one, each by itself: what was done before an error stays done. `progress` is
    /// told what was done so far.
    ///
    /// # Errors
    /// The database fails.
    pub async fn bulk(
        &self,
        action: Action,
        target: Target,
        mut progress: impl FnMut(Report) + Send,
    ) -> Result<Report> {
        let mut report = Report::default();
        let subject = match &target {
            Target::Ids(ids) => format!("{} jobs by id", ids.len()),
            Target::Matching(filter) => serde_json::to_string(filter).unwrap_or_default(),
        };
        match target {
            Target::Ids(ids) => {
                for id in ids {
                    self.one(action, id, &mut report).await?;
                    progress(report);
                }
            }
            Target::Matching(filter) => {
                let mut filter = filter;
                let possible = |state: &State| action.states().contains(state);
                if filter.states.is_empty() {
                    filter.states = action.states().to_vec();
                }
                filter.states.retain(possible);
                let mut from = None;
                while !filter.states.is_empty() {
                    let page = self.jobs(&filter, from, PAGE).await?;
                    for job in &page.items {
                        self.one(action, job.id, &mut report).await?;
                    }
                    progress(report);
                    from = page.next;
                    report.more = from.is_some() && report.seen >= MOST;
                    if from.is_none() || report.more {
                        break;
                    }
                }
            }
        }
        let detail = format!("{} done, {} refused", report.done, report.refused);
        self.note(&format!("{} many", action.name()), subject, detail)
            .await;
        Ok(report)
    }

    async fn one(&self, action: Action, id: JobId, report: &mut Report) -> Result<()> {
        let answer = match action {
            Action::Retry => self.retry_quietly(id).await,
            Action::Cancel => self.cancel_quietly(id).await,
            Action::Discard => self.discard_quietly(id).await,
            Action::Delete => self.delete_quietly(id).await,
        };
        report.seen += 1;
        match answer {
            Ok(Answer::Done | Answer::Asked) => report.done += 1,
            // Its unique key is held: the others are not stopped by it.
            Ok(Answer::NotFound | Answer::Refused(_)) | Err(Error::Duplicate { .. }) => {
                report.refused += 1;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// How many jobs a bulk action would meet, counted up to `at_most`, and whether there are more.
    ///
    /// # Errors
    /// The database fails.
    pub async fn count(&self, filter: &Filter, at_most: u64) -> Result<super::Count> {
        let (mut count, mut from) = (0, None);
        loop {
            let page = self.jobs(filter, from, PAGE).await?;
            count += page.items.len() as u64;
            from = page.next;
            let more = from.is_some();
            if !more || count >= at_most {
                return Ok(super::Count { count, more });
            }
        }
    }
}
