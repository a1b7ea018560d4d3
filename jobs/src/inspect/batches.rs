//! Batches and chains as wholes: which there are, how far each is, what it enqueues at its turning points.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Answer, Inspector, Kind, Page};
use crate::{
    error::{Error, Result},
    record::{JobId, State},
    storage::{GroupId, GroupRow, Passed, StoredJob, inspect::GroupsIn},
    transition,
    workflow::{BatchId, FlowKind, number},
};

/// The longest page.
const LONGEST: u32 = 1_000;
/// So many groups one statement looks through.
const SCAN: u32 = 10_000;

/// When a job of a batch is enqueued.
///
/// ```
/// assert_ne!(jobs::inspect::Turn::Success, jobs::inspect::Turn::Complete);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Turn {
    /// `on_success`: when all members have ended well.
    Success,
    /// `on_death`: when the first member has died.
    Death,
    /// `on_complete`: when all members have ended.
    Complete,
}

/// A job that a batch enqueues at a turning point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Callback {
    /// At which.
    pub turn: Turn,
    /// The name of the job.
    pub name: String,
    /// Its queue.
    pub queue: String,
    /// Its id, once it was enqueued.
    pub job: Option<JobId>,
}

/// A batch or a chain as it stands, without its members.
///
/// ```
/// # async fn doc(inspector: jobs::inspect::Inspector, id: jobs::BatchId) -> jobs::Result<()> {
/// if let Some(batch) = inspector.batch(id).await? {
///     println!("{:?}: {} of {} ended, {} dead", batch.name, batch.ended(), batch.total, batch.dead);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BatchView {
    /// Its id.
    pub id: BatchId,
    /// A batch, a chain, a stage of one, or what a flow awaits.
    #[serde(serialize_with = "kind")]
    pub kind: FlowKind,
    /// A batch's name.
    pub name: Option<String>,
    /// How it ended as a whole; `None` while a member is open.
    pub state: Option<State>,
    /// It was cancelled as a whole: nothing can be added any more.
    pub cancelled_as_a_whole: bool,
    /// All members; an inner batch and a stage count as one.
    pub total: u64,
    /// Those that have not ended.
    pub open: u64,
    /// Those that succeeded.
    pub done: u64,
    /// Those that are dead.
    pub dead: u64,
    /// Those that were discarded.
    pub discarded: u64,
    /// Those that were cancelled.
    pub cancelled: u64,
    /// When it was enqueued.
    pub created_at: DateTime<Utc>,
    /// When its last member ended; `None` while one is open.
    pub ended_at: Option<DateTime<Utc>>,
    /// What it enqueues at its turning points.
    pub callbacks: Vec<Callback>,
}

fn kind<S: serde::Serializer>(kind: &FlowKind, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(match kind {
        FlowKind::Batch => "batch",
        FlowKind::Chain => "chain",
        FlowKind::Stage => "stage",
        FlowKind::Children => "children",
    })
}

impl BatchView {
    /// How many members have ended, however.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.total.saturating_sub(self.open)
    }

    fn new(row: GroupRow, kinds: &[Kind]) -> Self {
        let group = row.group;
        let callbacks = &group.callbacks;
        let callback = |turn, point, job: &Option<StoredJob>| {
            let job = job.as_ref()?;
            let kind = kinds.iter().find(|kind| kind.id == job.kind());
            Some(Callback {
                turn,
                name: kind.map(|kind| kind.name.clone()).unwrap_or_default(),
                queue: job.queue().to_owned(),
                job: group.passed.has(point).then(|| job.id()),
            })
        };
        Self {
            id: BatchId::from(group.id.0),
            kind: group.kind.into(),
            state: transition::group::state(&group),
            cancelled_as_a_whole: group.passed.has(Passed::GIVEN_UP),
            total: number(group.counts.total),
            open: number(group.counts.open),
            done: number(group.counts.succeeded),
            dead: number(group.counts.dead),
            discarded: number(group.counts.discarded),
            cancelled: number(group.counts.cancelled),
            created_at: row.created_at,
            ended_at: row.ended_at,
            callbacks: [
                callback(Turn::Success, Passed::SUCCESS, &callbacks.success),
                callback(Turn::Death, Passed::DEATH, &callbacks.death),
                callback(Turn::Complete, Passed::COMPLETE, &callbacks.complete),
            ]
            .into_iter()
            .flatten()
            .collect(),
            name: group.name,
        }
    }
}

impl Inspector {
    /// The batches and chains that are in no other one, newest first, from where a page before ended; at most 1,000 at
    /// once.
    ///
    /// # Errors
    /// The database fails.
    pub async fn batches(
        &self,
        which: Option<GroupsIn>,
        from: Option<BatchId>,
        limit: u32,
    ) -> Result<Page<BatchView, BatchId>> {
        let from = from.map(|from| GroupId(from.as_uuid()));
        let limit = limit.clamp(1, LONGEST);
        let kinds = self.kinds().await?;
        let page =
            self.call(move |storage, _| async move {
                storage.list_groups(which, from, limit, SCAN).await
            })
            .await?;
        let items = page.rows.into_iter().map(|row| BatchView::new(row, &kinds));
        Ok(Page {
            items: items.collect(),
            next: page.next.map(|next| BatchId::from(next.0)),
        })
    }

    /// One batch, chain or stage; `None` if there is no record of it (any more).
    ///
    /// # Errors
    /// The database fails.
    pub async fn batch(&self, id: BatchId) -> Result<Option<BatchView>> {
        let group = GroupId(id.as_uuid());
        let found = self
            .call(move |storage, _| async move { storage.group(group).await })
            .await?;
        let Some(row) = found else { return Ok(None) };
        Ok(Some(BatchView::new(row, &self.kinds().await?)))
    }

    /// Cancels a batch or a chain: what waits in it ends as cancelled, what runs is asked to end.
    ///
    /// # Errors
    /// The database fails. What was cancelled before stays so.
    pub async fn cancel_batch(&self, id: BatchId) -> Result<Answer> {
        let done = match self.jobs.batch(id).cancel().await {
            Ok(true) => Answer::Done,
            Ok(false) => Answer::Refused("no member of it is open".into()),
            Err(Error::BatchNotFound { .. }) => Answer::NotFound,
            Err(error) => return Err(error),
        };
        if done == Answer::Done {
            self.note("cancel batch", id, "").await;
        }
        Ok(done)
    }
}
