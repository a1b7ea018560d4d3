//! The last stage of a chain that hands on a list: it has no job of its own, so its handle looks at all of them.

use crate::{
    error::Result,
    handle::Jobs,
    record::{JobId, State},
    storage::{GroupId, Look, Passed, StageMember, Wake, joined},
};

/// So many links of a chain are cancelled at once.
const ALL: u32 = 10_000;

/// Such a stage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gathered(pub(super) GroupId);

impl Gathered {
    async fn members(self, jobs: &Jobs) -> Result<Vec<StageMember>> {
        let store = &jobs.inner().store;
        store
            .call(move |storage| async move { storage.stage(self.0).await })
            .await
    }

    /// One of its jobs.
    pub(crate) async fn first(self, jobs: &Jobs) -> Result<Option<JobId>> {
        Ok(self.members(jobs).await?.first().map(|member| member.job))
    }

    /// As a job's look: it has ended when its jobs have, or one of them did not succeed.
    pub(crate) async fn look(self, jobs: &Jobs) -> Result<Option<Look>> {
        let store = &jobs.inner().store;
        let row = store
            .call(move |storage| async move { storage.group(self.0).await })
            .await?;
        let Some(row) = row else { return Ok(None) };
        let members = self.members(jobs).await?;
        let first = |state| members.iter().find(|member| member.state == Some(state));
        let mut look = Look {
            state: State::Running,
            output: None,
            reason: None,
            error: None,
        };
        for state in [State::Dead, State::Cancelled, State::Discarded] {
            let Some(member) = first(state) else { continue };
            let id = member.job;
            let found = store
                .call(move |storage| async move { storage.look(id).await })
                .await?;
            look.state = state;
            if let Some(found) = found {
                (look.reason, look.error) = (found.reason, found.error);
            }
            return Ok(Some(look));
        }
        if row.group.passed.has(Passed::SUCCESS) {
            look.state = State::Succeeded;
            let outputs: Vec<_> = members.into_iter().map(|member| member.output).collect();
            look.output = Some(joined(&outputs, true));
        } else if !row.group.passed.has(Passed::BEGUN) {
            look.state = State::Blocked;
        }
        Ok(Some(look))
    }

    /// Cancels what has not begun of its chain, and asks what runs.
    pub(crate) async fn cancel(self, jobs: &Jobs) -> Result<bool> {
        let inner = jobs.inner();
        let (now, keep) = (inner.clock.now(), inner.keep().finished);
        let done = inner.store.call(move |storage| async move {
            let Some(row) = storage.group(self.0).await? else {
                return Ok(None);
            };
            let chain = row.group.parent.map_or(self.0, GroupId);
            storage.cancel_group(chain, keep, ALL, now).await
        });
        let done = done.await?.unwrap_or_default();
        inner.wakes.group_changed();
        if done.asked > 0 {
            inner.wakes.everywhere(vec![Wake::Cancel]);
        }
        Ok(done.asked > 0 || !done.ended.is_empty())
    }
}
