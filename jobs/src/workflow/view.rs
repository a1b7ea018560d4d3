//! What a chain or a batch looks like as a whole, and cancelling jobs by id and by tag.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    error::Result,
    handle::Jobs,
    job_handle::JobHandle,
    record::{JobId, JobRecord, State},
    storage::{GroupId, GroupKind, GroupTree},
    transition,
};

/// How many jobs of one group are shown.
const SHOWN: u32 = 200;
/// How many jobs with a tag are looked up at once.
const PAGE: u32 = 500;

/// A tree of groups and the jobs in them: what a chain, a batch or both look like now.
///
/// ```
/// use jobs::{FlowGroup, FlowJob, FlowNode};
///
/// fn print(node: &FlowNode, depth: usize) {
///     match node {
///         FlowNode::Job(job) => print_job(job, depth),
///         FlowNode::Group(group) => print_group(group, depth),
///     }
/// }
///
/// fn print_job(job: &FlowJob, depth: usize) {
///     println!("{:depth$}{} {:?}", "", job.name, job.state);
/// }
///
/// fn print_group(group: &FlowGroup, depth: usize) {
///     println!("{:depth$}{:?} {:?}: {} of {} open", "", group.kind, group.name, group.open, group.total);
///     group.members.iter().for_each(|node| print(node, depth + 2));
/// }
///
/// # async fn doc(jobs: jobs::Jobs, id: jobs::JobId) -> jobs::Result<()> {
/// if let Some(view) = jobs.flow(id).await? {
///     print(&view.root, 0);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FlowView {
    /// The outermost group.
    pub root: FlowNode,
}

/// A group or a job in a [`FlowView`].
#[derive(Debug, Clone)]
pub enum FlowNode {
    /// Jobs or groups that are awaited together.
    Group(FlowGroup),
    /// A job.
    Job(FlowJob),
}

/// What a group is for.
///
/// ```
/// assert_ne!(jobs::FlowKind::Batch, jobs::FlowKind::Chain);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlowKind {
    /// Members that run independently of each other.
    Batch,
    /// Stages that run one after the other.
    Chain,
    /// The jobs of one stage.
    Stage,
    /// What a flow awaits.
    Children,
}

impl From<GroupKind> for FlowKind {
    fn from(kind: GroupKind) -> Self {
        match kind {
            GroupKind::Batch => Self::Batch,
            GroupKind::Chain => Self::Chain,
            GroupKind::Stage => Self::Stage,
            GroupKind::Children => Self::Children,
        }
    }
}

/// A group as it stands.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FlowGroup {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    pub kind: FlowKind,
    /// A batch's name.
    pub name: Option<String>,
    /// How it ended as a whole; `None` while a member is open.
    pub state: Option<State>,
    /// All members.
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
    /// When the last of its members ended; `None` while one is open.
    pub ended_at: Option<DateTime<Utc>>,
    /// Its members in order; of a large batch only the first two hundred.
    pub members: Vec<FlowNode>,
}

/// A job as it stands.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FlowJob {
    /// Its id.
    pub id: JobId,
    /// Its name; empty if its record is gone.
    pub name: String,
    /// Where it stands; `None` if its record is gone.
    pub state: Option<State>,
    /// Its record.
    pub record: Option<JobRecord>,
}

/// A count as the database has it.
pub(crate) fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

fn view(tree: GroupTree) -> Option<FlowView> {
    let mut records: HashMap<JobId, JobRecord> = tree
        .rows
        .into_iter()
        .map(|row| (row.id, JobRecord::from_row(row)))
        .collect();
    let mut members: HashMap<GroupId, Vec<FlowNode>> = HashMap::new();
    for member in tree.members {
        let record = records.remove(&member.job);
        let job = FlowJob {
            id: member.job,
            name: record
                .as_ref()
                .map(|record| record.name.clone())
                .unwrap_or_default(),
            state: record.as_ref().map(|record| record.state),
            record,
        };
        members
            .entry(member.group)
            .or_default()
            .push(FlowNode::Job(job));
    }
    let mut root = None;
    // The inner ones come last, so each is complete before its parent takes it.
    let mut inner: HashMap<Uuid, Vec<FlowNode>> = HashMap::new();
    for row in tree.groups.into_iter().rev() {
        let group = row.group;
        let mut nodes = members.remove(&group.id).unwrap_or_default();
        let mut groups = inner.remove(&group.id.0).unwrap_or_default();
        groups.reverse();
        nodes.extend(groups);
        let counts = group.counts;
        let node = FlowNode::Group(FlowGroup {
            id: group.id.0,
            kind: group.kind.into(),
            state: transition::group::state(&group),
            name: group.name,
            total: number(counts.total),
            open: number(counts.open),
            done: number(counts.succeeded),
            dead: number(counts.dead),
            discarded: number(counts.discarded),
            cancelled: number(counts.cancelled),
            created_at: row.created_at,
            ended_at: row.ended_at,
            members: nodes,
        });
        if let Some(parent) = group.parent {
            inner.entry(parent).or_default().push(node.clone());
        }
        root = Some(node);
    }
    root.map(|root| FlowView { root })
}

impl Jobs {
    /// The chain or batch that a job is in, as a whole: what contains what, with states and times. `None` if the job is in
    /// none, or its record is gone. Also takes a batch's id, as [`BatchId::as_uuid`](crate::BatchId::as_uuid).
    ///
    /// # Errors
    /// The database fails.
    pub async fn flow(&self, id: impl Into<JobId>) -> Result<Option<FlowView>> {
        let id = id.into().as_uuid();
        let tree = self
            .inner()
            .store
            .call(move |storage| async move { storage.group_tree(id, SHOWN).await })
            .await?;
        Ok(tree.and_then(view))
    }

    /// Cancels a job of any kind, as [`JobHandle::cancel`].
    ///
    /// ```
    /// # async fn doc(jobs: jobs::Jobs, id: jobs::JobId) -> jobs::Result<()> {
    /// if !jobs.cancel(id).await? {
    ///     println!("it had ended");
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`JobHandle::cancel`].
    pub async fn cancel(&self, id: JobId) -> Result<bool> {
        JobHandle::<()>::new(self.clone(), id, false).cancel().await
    }

    /// Cancels every job with this tag that has not ended; how many. It reads all jobs that have not ended.
    ///
    /// ```
    /// # async fn doc(jobs: jobs::Jobs) -> jobs::Result<()> {
    /// println!("{} cancelled", jobs.cancel_tagged("import").await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The database fails. Those that were cancelled before stay so.
    pub async fn cancel_tagged(&self, tag: &str) -> Result<u64> {
        let (mut above, mut cancelled) = (0, 0);
        loop {
            let tag = tag.to_owned();
            let page = self
                .inner()
                .store
                .call(move |storage| async move { storage.tagged(tag, above, PAGE).await })
                .await?;
            let Some((last, _)) = page.last() else {
                return Ok(cancelled);
            };
            above = *last;
            for (_, id) in page {
                match self.cancel(id).await {
                    Ok(done) => cancelled += u64::from(done),
                    // It ended meanwhile and kept no record.
                    Err(crate::Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }
}
