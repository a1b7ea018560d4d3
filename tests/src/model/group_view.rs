//! Groups as callers see them: cancelled as a whole, and looked at.

use std::time::Duration;

use chrono::{DateTime, Utc};
use jobs::{
    JobId, State,
    storage::{GroupCancelled, GroupId, GroupKind, GroupTree, MemberRow, Passed, StageMember},
};
use uuid::Uuid;

use super::{
    groups::KEPT,
    world::{Stage, Why, World},
};

impl World {
    /// A group and those below it.
    fn below(&self, id: GroupId) -> Vec<GroupId> {
        let mut all = vec![id];
        let mut at = 0;
        while let Some(parent) = all.get(at).copied() {
            let inner = self.groups.values().map(|row| &row.group);
            all.extend(inner.filter(|g| g.parent == Some(parent.0)).map(|g| g.id));
            at += 1;
        }
        all
    }

    /// The jobs of these groups that wait, and those that run, which are asked.
    fn cancel_in(&mut self, groups: &[GroupId], retain: Duration) -> (Vec<JobId>, u64) {
        let (mut waits, mut asked) = (Vec::new(), 0);
        for job in self.jobs.values_mut() {
            if !job
                .member
                .as_ref()
                .is_some_and(|of| groups.contains(&of.group))
            {
                continue;
            }
            if job.waits() {
                waits.push(job.id);
            } else if job.worker().is_some() {
                asked += u64::from(job.asked.is_none());
                job.asked.get_or_insert(Some(retain));
            }
        }
        (waits, asked)
    }

    pub(super) fn cancel_group(
        &mut self,
        id: GroupId,
        retain: Duration,
        limit: u32,
        now: DateTime<Utc>,
    ) -> Option<GroupCancelled> {
        self.groups.get(&id)?;
        let all = self.below(id);
        for id in &all {
            let group = &mut self.groups.get_mut(id)?.group;
            if group.kind == GroupKind::Batch && group.counts.open > 0 {
                group.passed.0 |= Passed::GIVEN_UP.0;
            }
        }
        let (mut ended, asked) = self.cancel_in(&all, retain);
        ended.truncate(limit as usize);
        self.end_waiting(&ended, State::Cancelled, None, Some(retain), now);
        self.cancel_children(ended.clone(), now);
        Some(GroupCancelled { ended, asked })
    }

    /// Nothing of a job's chain that has not begun is to begin.
    pub(super) fn cancel_chain(&mut self, of: JobId, retain: Duration, now: DateTime<Utc>) {
        let group = self.jobs.get(&of).and_then(|job| job.member.as_ref());
        let Some(stage) = group.filter(|of| of.place.is_some()).map(|of| of.group) else {
            return;
        };
        let row = self.groups.get(&stage).map(|row| &row.group);
        let Some(chain) = row
            .filter(|row| row.kind == GroupKind::Stage)
            .and_then(|row| row.parent)
        else {
            return;
        };
        let all = self.below(GroupId(chain));
        let waits = self.sorted(|job| {
            job.waits()
                && job
                    .member
                    .as_ref()
                    .is_some_and(|of| all.contains(&of.group))
        });
        self.end_waiting(&waits, State::Cancelled, None, Some(retain), now);
    }

    /// These jobs are cancelled: so are the children that they await, and those of these.
    pub(super) fn cancel_children(&mut self, mut parents: Vec<JobId>, now: DateTime<Utc>) {
        while let Some(parent) = parents.pop() {
            let children = self.groups.values().map(|row| &row.group).filter(|group| {
                group.kind == GroupKind::Children
                    && group.parent == Some(parent.as_uuid())
                    && group.counts.open > 0
            });
            let children: Vec<GroupId> = children.map(|group| group.id).collect();
            for group in children {
                let all = self.below(group);
                let (waits, _) = self.cancel_in(&all, KEPT);
                self.end_waiting(&waits, State::Cancelled, None, Some(KEPT), now);
                parents.extend(waits);
            }
        }
    }

    pub(super) fn stage_members(&self, id: GroupId) -> Vec<StageMember> {
        let mut members: Vec<_> = self.members.get(&id).cloned().unwrap_or_default();
        members.sort_by_key(|member| member.place);
        let members = members.into_iter();
        members
            .map(|member| StageMember {
                job: member.job,
                state: member.state,
                output: member.output,
            })
            .collect()
    }

    pub(super) fn stopped_by(&self, id: JobId) -> Option<JobId> {
        let job = self.jobs.get(&id)?;
        if job.stage != Stage::Blocked(Why::Link) {
            return None;
        }
        let own = &self.groups.get(&job.member.as_ref()?.group)?.group;
        let mut before = self.stages(own.parent?, |at| at < own.place);
        before.sort_by_key(|id| self.groups[id].group.place);
        before.into_iter().find_map(|stage| {
            let mut members: Vec<_> = self.members[&stage].iter().collect();
            members.sort_by_key(|member| member.place);
            let dead = members.into_iter().find(|of| of.state == Some(State::Dead));
            dead.map(|member| member.job)
        })
    }

    pub(super) fn group_tree(&self, of: Uuid, at_most: u32) -> Option<GroupTree> {
        let of_job = self
            .jobs
            .get(&JobId::from(of))
            .and_then(|job| job.member.as_ref());
        let mut root = self
            .groups
            .get(&GroupId(of))
            .map(|row| row.group.id)
            .or_else(|| of_job.map(|member| member.group))
            .or_else(|| {
                let children = self
                    .groups
                    .values()
                    .find(|row| row.group.parent == Some(of))?;
                Some(children.group.id)
            })?;
        loop {
            let row = self.groups.get(&root)?;
            let Some(parent) = row.group.parent else {
                break;
            };
            let through = self
                .jobs
                .get(&JobId::from(parent))
                .and_then(|job| job.member.as_ref());
            root = match (self.groups.get(&GroupId(parent)), through) {
                (Some(row), _) => row.group.id,
                (None, Some(member)) => member.group,
                (None, None) => break,
            };
        }
        let mut groups = Vec::new();
        let mut members = Vec::new();
        let mut at = vec![root];
        while let Some(id) = at.pop() {
            groups.push(self.groups.get(&id)?.clone());
            let mut own: Vec<_> = self.members.get(&id)?.iter().collect();
            own.sort_by_key(|member| member.place);
            for member in own
                .into_iter()
                .filter(|of| of.own || of.place.is_some())
                .take(at_most as usize)
            {
                members.push(MemberRow {
                    group: id,
                    place: member.place,
                    job: member.job,
                });
                let inner = self
                    .groups
                    .values()
                    .filter(|row| row.group.parent == Some(member.job.as_uuid()));
                at.extend(inner.map(|row| row.group.id));
            }
            let inner = self
                .groups
                .values()
                .filter(|row| row.group.parent == Some(id.0));
            at.extend(inner.map(|row| row.group.id));
        }
        let rows = members
            .iter()
            .filter_map(|member| self.row(member.job))
            .collect();
        Some(GroupTree {
            groups,
            members,
            rows,
        })
    }
}
