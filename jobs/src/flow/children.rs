//! `Flow::run_all`: jobs that a flow enqueues and awaits.

use futures_core::future::BoxFuture;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::Flow;
use crate::{
    context::{JobContext, Stop},
    error::{Error, Result},
    failure::FlowError,
    handle::Jobs,
    record::{JobId, State},
    storage::{
        Awaited, CheckpointKind, GroupId, GroupKind, Inserted, Member, NewWork, Passed,
        StageMember, joined,
    },
    workflow::{
        Link, Many, Nothing,
        store::{self, Place},
    },
};

/// A child of a flow that did not succeed: of several, the first in the order in which they were given to
/// [`Flow::run_all`]. Rules can match it.
///
/// ```
/// use jobs::{ChildFailed, Flow, job};
/// # jobs::queues! { default }
///
/// #[job(retry = 0)]
/// async fn count(day: u32) -> Result<u64, String> {
///     Err(format!("no data of day {day}"))
/// }
///
/// #[job(discard_on(ChildFailed))]
/// async fn report(#[flow] flow: &mut Flow) -> Result<u64, ChildFailed> {
///     let (users, orders) = flow.run_all("parts", (Count { day: 1 }, Count { day: 2 })).await?;
///     Ok(users + orders)
/// }
/// # fn main() {}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the child `{job}` ({id}) of `{name}` is {state}: {message}")]
pub struct ChildFailed {
    name: String,
    job: String,
    id: JobId,
    state: State,
    message: String,
}

impl ChildFailed {
    /// The name that was given to `run_all`.
    ///
    /// ```
    /// # fn show(error: &jobs::ChildFailed) {
    /// println!("{}: {} {} is {}: {}", error.checkpoint(), error.job_name(), error.id(), error.state(), error.message());
    /// # }
    /// ```
    #[must_use]
    pub fn checkpoint(&self) -> &str {
        &self.name
    }

    /// The child's name.
    #[must_use]
    pub fn job_name(&self) -> &str {
        &self.job
    }

    /// The child.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.id
    }

    /// How it ended: dead, discarded or cancelled.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Its last error, or why it was discarded.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl Flow {
    /// Runs jobs at the same time and waits, without a slot, until all of them have ended. Gives their outputs in order: a
    /// tuple (of up to twelve jobs that need no input) for a tuple, a `Vec` for a `Vec`.
    ///
    /// They are enqueued once, in the transaction that writes the checkpoint, with their enqueue hooks; a later run awaits
    /// the same jobs, whatever it passes here. A flow may be a child. Cancelling the flow cancels its children.
    ///
    /// ```
    /// use jobs::{BoxError, Flow, Jobs, job};
    /// # jobs::queues! { default }
    ///
    /// #[job]
    /// async fn users(day: u32) -> u64 { u64::from(day) * 10 }
    ///
    /// #[job]
    /// async fn revenue(day: u32) -> String { format!("{day} EUR") }
    ///
    /// #[job]
    /// async fn report(day: u32, #[flow] flow: &mut Flow) -> Result<String, BoxError> {
    ///     let (users, money) = flow.run_all("parts", (Users { day }, Revenue { day })).await?;
    ///     Ok(format!("{users} users, {money}"))
    /// }
    ///
    /// # #[tokio::main]
    /// # async fn main() -> jobs::Result<()> {
    /// let jobs = Jobs::connect("sqlite::memory:").await?;
    /// let worker = jobs.worker().start().await?;
    /// let report = Report::perform_later(7_u32).on(&jobs).await?;
    /// assert_eq!(report.result().await?, "70 users, 7 EUR");
    /// # worker.stop().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ChildFailed`] when all have ended and one is dead, discarded or cancelled. Each run looks anew: after a dead child
    /// was retried, a further run of the flow awaits it, and gets its output.
    pub async fn run_all<M>(&mut self, name: &str, jobs: M) -> Result<M::Output, ChildFailed>
    where
        M: Many<Nothing> + Send,
        M::Output: DeserializeOwned,
    {
        let stages = jobs.__stages();
        let links: Vec<Link> = stages.into_iter().flat_map(|stage| stage.links).collect();
        let journal = self.ctx.journal();
        journal.claim_name(&self.ctx, name).await;
        let Some(handle) = journal.jobs().cloned() else {
            self.failed(FlowError::childless(name)).await
        };
        let kind = CheckpointKind::Children;
        let (group, count) = match journal.value(&self.ctx, kind, name, 0).await {
            Some(stored) => self.stored_children(name, &stored).await,
            None => {
                let (group, count) = self.enqueue_children(&handle, name, links).await;
                if count > 0 {
                    self.await_children(group).await;
                }
                (group, count)
            }
        };
        let members = match members(&handle, group).await {
            Ok(members) if members.len() == count => members,
            Ok(_) => self.failed(FlowError::children_gone(name)).await,
            Err(error) => self.failed(FlowError::unread(&error)).await,
        };
        if members.iter().any(|member| member.state.is_none()) {
            self.await_children(group).await;
        }
        if let Some((child, state)) = failure(&members) {
            return Err(match child_failed(&handle, name, child, state).await {
                Ok(failed) => failed,
                Err(error) => self.failed(FlowError::unread(&error)).await,
            });
        }
        let outputs: Vec<_> = members.into_iter().map(|member| member.output).collect();
        match serde_json::from_str(&joined(&outputs, true)) {
            Ok(outputs) => Ok(outputs),
            Err(error) => self.unreadable::<M::Output>(name, &error).await,
        }
    }

    async fn stored_children(&self, name: &str, stored: &str) -> (GroupId, usize) {
        let read = serde_json::from_str::<(String, usize)>(stored);
        match read.map(|(group, count)| (Uuid::try_parse(&group), count)) {
            Ok((Ok(group), count)) => (GroupId(group), count),
            Ok((Err(_), _)) => self.failed(FlowError::children_gone(name)).await,
            Err(error) => self.unreadable::<(String, usize)>(name, &error).await,
        }
    }

    async fn enqueue_children(
        &self,
        jobs: &Jobs,
        name: &str,
        links: Vec<Link>,
    ) -> (GroupId, usize) {
        let (id, count) = (GroupId::new(), links.len());
        let mut work = NewWork::default();
        let mut group = store::group(id, GroupKind::Children, None);
        group.parent = Some(self.ctx.id().as_uuid());
        group.name = Some(name.to_owned());
        group.passed = Passed::BEGUN;
        work.groups.push(group);
        let mut infos = Vec::with_capacity(count);
        for (place, link) in links.into_iter().enumerate() {
            let mut prepared = link.prepared;
            prepared.member = Some(Box::new(Member {
                group: id,
                place: Some(i32::try_from(place).unwrap_or(i32::MAX)),
                input: None,
                waits: false,
            }));
            match store::prepare(jobs, prepared, &mut work.jobs).await {
                Ok(info) => infos.push(info),
                Err(error) => self.failed(FlowError::unwritable(name, &error)).await,
            }
        }
        let value = (id.0.to_string(), count);
        let value = self.ctx.journal().json(&self.ctx, name, &value).await;
        let mut place = Beside {
            ctx: &self.ctx,
            jobs,
            name,
            value,
        };
        match store::store(jobs, infos, work, &mut place).await {
            Ok(_) => (id, count),
            Err(error) => self.failed(FlowError::unwritable(name, &error)).await,
        }
    }

    async fn await_children(&self, group: GroupId) -> ! {
        let on = Some(Awaited::Children(group));
        self.ctx.stop(Stop::Park { until: None, on }).await
    }

    async fn failed(&self, error: FlowError) -> ! {
        self.ctx.stop(Stop::Failed(error)).await
    }
}

/// In the transaction that writes the checkpoint.
struct Beside<'f> {
    ctx: &'f JobContext,
    jobs: &'f Jobs,
    name: &'f str,
    value: String,
}

impl Place for Beside<'_> {
    fn store(&mut self, work: NewWork) -> BoxFuture<'_, Result<Vec<Inserted>>> {
        Box::pin(async move {
            let told = store::told(self.jobs, &work);
            let (kind, value) = (CheckpointKind::Children, Some(self.value.clone()));
            let journal = self.ctx.journal();
            let settled = journal
                .settle(self.ctx, kind, self.name, value, None, work)
                .await;
            if !told.is_empty() {
                self.jobs.inner().wakes.everywhere(told);
            }
            Ok(settled.inserted)
        })
    }
}

async fn members(jobs: &Jobs, group: GroupId) -> Result<Vec<StageMember>, Error> {
    let store = &jobs.inner().store;
    store
        .call(move |storage| async move { storage.stage(group).await })
        .await
}

/// The first one that did not succeed.
fn failure(members: &[StageMember]) -> Option<(JobId, State)> {
    members
        .iter()
        .filter_map(|member| Some((member.job, member.state?)))
        .find(|(_, state)| *state != State::Succeeded)
}

async fn child_failed(
    jobs: &Jobs,
    name: &str,
    id: JobId,
    state: State,
) -> Result<ChildFailed, Error> {
    let store = &jobs.inner().store;
    let row = store
        .call(move |storage| async move { storage.get(id).await })
        .await?;
    let mut failed = ChildFailed {
        name: name.to_owned(),
        job: "(unknown)".to_owned(),
        id,
        state,
        message: "nothing is kept of it".to_owned(),
    };
    if let Some(row) = row {
        let last = row.attempts.iter().rev().find_map(|run| run.error.as_ref());
        let error = last.map(|error| error.message().to_owned());
        let said = if state == State::Dead {
            error.or(row.reason)
        } else {
            row.reason.or(error)
        };
        failed.job = row.name;
        failed.message = said.unwrap_or_else(|| "no reason was given".to_owned());
    }
    Ok(failed)
}
