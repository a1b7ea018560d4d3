//! The loop that follows a change of members: counts, what they mean, and what that changes in turn, until nothing is
//! left to say. It runs in the transaction of the change; each backend does its steps in its own SQL.

use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
};

use uuid::Uuid;

use super::{Counts, Group, GroupId, GroupKind, Inserted, NewJob, Passed, groups::joined};
use crate::{
    definition::OnConflict,
    error::{Error, Result},
    record::State,
    transition::group::{self, Effect},
};

/// A member's state has changed.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) job: Uuid,
    /// The group that counts it.
    pub(crate) member_of: Option<GroupId>,
    /// It is in a list of members, or may stand in one for another job.
    pub(crate) listed: bool,
    /// `None` is open.
    pub(crate) from: Option<State>,
    pub(crate) to: Option<State>,
    /// JSON.
    pub(crate) output: Option<String>,
}

impl Change {
    /// A job that was open has ended.
    pub(crate) fn ended(job: Uuid, place: Place, state: State) -> Self {
        Self {
            job,
            member_of: place.group.map(GroupId),
            listed: place.place.is_some() || place.stands_in,
            from: None,
            to: Some(state),
            output: None,
        }
    }

    /// Whether any group is to be told.
    pub(crate) fn matters(&self) -> bool {
        self.listed || self.member_of.is_some()
    }
}

/// What a job's row says of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub(crate) group: Option<Uuid>,
    pub(crate) place: Option<i32>,
    /// It has a unique key: another job that met it may have left its place to it.
    pub(crate) stands_in: bool,
}

/// The steps, all in one transaction.
pub(crate) trait Ledger: Send {
    /// Writes states and outputs of listed members. Answers the places of others that a job stands in for.
    fn note(
        &mut self,
        changes: &[&Change],
    ) -> impl Future<Output = Result<Vec<(GroupId, Uuid)>>> + Send;

    /// Adds to the counts, under the groups' locks, in their order; the groups as they stand then.
    fn count(
        &mut self,
        changes: Vec<(GroupId, Counts)>,
    ) -> impl Future<Output = Result<Vec<Group>>> + Send;

    /// Writes which turning points are passed, as what the parent counts the group, and whether all have ended.
    fn mark(&mut self, groups: &[Group]) -> impl Future<Output = Result<()>> + Send;

    /// The outputs of a group's members, in order.
    fn outputs(
        &mut self,
        group: GroupId,
    ) -> impl Future<Output = Result<Vec<Option<String>>>> + Send;

    /// The stage at this place of a chain begins: its jobs are ready, the output in their arguments. `None` if there is
    /// no such stage.
    fn release(
        &mut self,
        chain: Uuid,
        place: i32,
        output: String,
    ) -> impl Future<Output = Result<Option<GroupId>>> + Send;

    /// Ends what waits in the stages of a chain after this one.
    fn end_later(
        &mut self,
        chain: Uuid,
        place: i32,
        state: State,
    ) -> impl Future<Output = Result<Vec<Change>>> + Send;

    /// Inserts jobs; of one that is there, or whose key is held, nothing becomes.
    fn enqueue(&mut self, jobs: Vec<NewJob>) -> impl Future<Output = Result<()>> + Send;

    /// A job goes on that is parked for these children.
    fn wake(&mut self, parent: Uuid, children: GroupId) -> impl Future<Output = Result<()>> + Send;
}

/// Settles what follows from these changes, and looks at `touched` groups too. Whether anything became ready.
pub(crate) async fn settle<L: Ledger>(
    ledger: &mut L,
    mut changes: Vec<Change>,
    touched: &[GroupId],
) -> Result<()> {
    let mut counts: BTreeMap<GroupId, Counts> =
        touched.iter().map(|id| (*id, Counts::default())).collect();
    loop {
        add(ledger, std::mem::take(&mut changes), &mut counts).await?;
        if counts.is_empty() {
            return Ok(());
        }
        let groups = ledger
            .count(std::mem::take(&mut counts).into_iter().collect())
            .await?;
        let mut marked = Vec::new();
        let mut effects = Vec::new();
        for mut group in groups {
            let before = (group.passed, group.counted);
            let follows = group::settle(&mut group);
            if (group.passed, group.counted) != before {
                marked.push(group.clone());
            }
            effects.extend(follows.into_iter().map(|effect| (group.clone(), effect)));
        }
        if !marked.is_empty() {
            ledger.mark(&marked).await?;
        }
        let mut callbacks = Vec::new();
        for (group, effect) in effects {
            match (effect, group.parent) {
                (Effect::Enqueue(job), _) => callbacks.push(NewJob::from(*job)),
                (Effect::Recount(from, to), Some(parent)) => {
                    counts.entry(GroupId(parent)).or_default().shift(from, to);
                }
                (Effect::Release, Some(chain)) => {
                    let outputs = ledger.outputs(group.id).await?;
                    let output = joined(&outputs, group.listed);
                    let next = ledger.release(chain, group.place + 1, output).await?;
                    // Its jobs may have ended before: others stood in for them.
                    counts.extend(next.map(|next| (next, Counts::default())));
                }
                (Effect::EndLater(state), Some(chain)) => {
                    changes.extend(ledger.end_later(chain, group.place, state).await?);
                }
                (Effect::Wake, Some(parent)) => ledger.wake(parent, group.id).await?,
                _ => {}
            }
        }
        if !callbacks.is_empty() {
            ledger.enqueue(callbacks).await?;
        }
    }
}

async fn add<L: Ledger>(
    ledger: &mut L,
    changes: Vec<Change>,
    counts: &mut BTreeMap<GroupId, Counts>,
) -> Result<()> {
    let listed: Vec<&Change> = changes.iter().filter(|change| change.listed).collect();
    if !listed.is_empty() {
        let of: HashMap<Uuid, &Change> =
            listed.iter().map(|change| (change.job, *change)).collect();
        for (group, job) in ledger.note(&listed).await? {
            if let Some(change) = of.get(&job) {
                counts
                    .entry(group)
                    .or_default()
                    .shift(change.from, change.to);
            }
        }
    }
    for change in &changes {
        if let Some(group) = change.member_of {
            counts
                .entry(group)
                .or_default()
                .shift(change.from, change.to);
        }
    }
    Ok(())
}

/// Why a link ended that never began.
pub(crate) fn given_up(state: State) -> &'static str {
    match state {
        State::Discarded => "a job before it in its chain was discarded",
        _ => "a job before it in its chain was cancelled",
    }
}

/// The groups as they are inserted: with the counts of what was stored for them.
pub(crate) fn counted(groups: &[Group], members: &HashMap<GroupId, i64>) -> Vec<Group> {
    let mut all = groups.to_vec();
    for group in &mut all {
        let inner = groups
            .iter()
            .filter(|inner| inner.parent == Some(group.id.0) && inner.kind != GroupKind::Children)
            .count();
        let jobs = members.get(&group.id).copied().unwrap_or(0);
        group.counts = Counts::default();
        group
            .counts
            .grow(jobs + i64::try_from(inner).unwrap_or(i64::MAX));
        // A stage begins when the one before it has ended; all else begins at once.
        if group.kind != GroupKind::Stage || group.place == 0 {
            group.passed.pass(Passed::BEGUN);
        }
    }
    all
}

/// A job that may not be left out fails the whole insert.
pub(crate) fn refuse(job: &NewJob, answer: Inserted) -> Result<()> {
    let unique = job.keys.as_ref().and_then(|keys| keys.unique.as_ref());
    match (answer, unique) {
        (Inserted::Held(holder), Some(unique)) if unique.on_conflict == OnConflict::Error => {
            Err(Error::Duplicate {
                job: job.id.to_string(),
                holder,
            })
        }
        _ => Ok(()),
    }
}
