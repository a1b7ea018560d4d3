//! Groups. What they count is not stored: it is counted anew from their members whenever one of these changes.

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, Utc};
use jobs::{
    Error, JobId, Result, State,
    storage::{
        Awaited, Counts, Group, GroupId, GroupKind, GroupRow, Inserted, NewJob, NewWork, Passed,
    },
};
use uuid::Uuid;

use super::world::{Ended, Listed, Stage, Why, World, after};

/// The record of a job that ended before its turn stays so long.
pub(super) const KEPT: Duration = Duration::from_secs(86_400);

/// A job has ended, or is open again.
pub(super) struct Change {
    pub(super) job: JobId,
    pub(super) state: Option<State>,
    pub(super) output: Option<String>,
}

fn tally(counts: &mut Counts, state: Option<State>) {
    counts.total += 1;
    let of = match state {
        Some(State::Succeeded) => &mut counts.succeeded,
        Some(State::Discarded) => &mut counts.discarded,
        Some(State::Dead) => &mut counts.dead,
        Some(State::Cancelled) => &mut counts.cancelled,
        _ => &mut counts.open,
    };
    *of += 1;
}

/// How a group stands as a whole; `None` while a member is open.
fn stands(group: &Group) -> Option<State> {
    let counts = &group.counts;
    let batch = group.kind == GroupKind::Batch;
    match counts {
        _ if counts.open > 0 => None,
        _ if counts.dead > 0 => Some(State::Dead),
        _ if counts.cancelled > 0 || (batch && group.passed.has(Passed::GIVEN_UP)) => {
            Some(State::Cancelled)
        }
        _ if counts.discarded > 0 && !batch => Some(State::Discarded),
        _ => Some(State::Succeeded),
    }
}

/// Passes a turning point; whether it is the first time.
fn pass(group: &mut Group, point: Passed) -> bool {
    let first = !group.passed.has(point);
    group.passed.0 |= point.0;
    first
}

impl World {
    /// What a group counts now.
    #[must_use]
    pub fn counted(&self, id: GroupId) -> Counts {
        let mut counts = Counts::default();
        for member in self.members.get(&id).into_iter().flatten() {
            tally(&mut counts, member.state);
        }
        let inner = self.groups.values().map(|row| &row.group);
        for inner in inner.filter(|g| g.parent == Some(id.0) && g.kind != GroupKind::Children) {
            tally(&mut counts, inner.counted);
        }
        counts
    }

    pub(super) fn may_grow(&self, id: GroupId) -> Result<()> {
        let row = self.groups.get(&id);
        let row = row.filter(|row| row.group.kind == GroupKind::Batch);
        let row = row.ok_or(Error::BatchNotFound { id: id.0 })?;
        if row.group.passed.has(Passed::GIVEN_UP) {
            return Err(Error::BatchCancelled { id: id.0 });
        }
        Ok(())
    }

    /// The groups and the places of their members, after the jobs were inserted.
    pub(super) fn join(&mut self, work: NewWork, answers: &[Inserted], now: DateTime<Utc>) {
        let mut touched: BTreeSet<GroupId> = work.grows.into_iter().collect();
        for mut group in work.groups {
            group.passed = Passed::default();
            if group.kind != GroupKind::Stage || group.place == 0 {
                group.passed = Passed::BEGUN;
            }
            let id = group.id;
            let row = GroupRow {
                group,
                created_at: now,
                ended_at: None,
            };
            self.groups.insert(id, row);
            self.members.entry(id).or_default();
        }
        for (job, answer) in work.jobs.iter().zip(answers) {
            let Some(member) = &job.member else { continue };
            let (id, own, state) = match answer {
                Inserted::New => (job.id, true, None),
                Inserted::Dead => (job.id, true, Some(State::Dead)),
                // Without a record it has ended, and nothing is known of it but that.
                Inserted::Held(holder) => {
                    let state = self.jobs.get(holder).map_or(Some(State::Succeeded), |job| {
                        Some(job.state()).filter(|state| state.is_final())
                    });
                    (*holder, false, state)
                }
                Inserted::Exists(_) | Inserted::Busy => continue,
            };
            let output = match self.jobs.get(&id).map(|job| &job.stage) {
                Some(Stage::Ended(ended)) => ended.output.clone(),
                _ => None,
            };
            let listed = Listed {
                place: member.place,
                job: id,
                own,
                input: member.input,
                state,
                output,
            };
            self.members.entry(member.group).or_default().push(listed);
            if state.is_some() {
                touched.insert(member.group);
            }
        }
        let all: Vec<GroupId> = self.groups.keys().copied().collect();
        for id in all {
            let counts = self.counted(id);
            if let Some(row) = self.groups.get_mut(&id)
                && row.group.counts != counts
            {
                row.group.counts = counts;
                touched.extend((counts.open == 0).then_some(id));
            }
            if counts.total == 0 {
                touched.insert(id);
            }
        }
        self.settle_groups(touched, now);
    }

    /// Jobs have changed; their groups are told.
    pub(super) fn changed(&mut self, changes: Vec<Change>, now: DateTime<Utc>) {
        let mut touched = BTreeSet::new();
        for change in changes {
            for (group, members) in &mut self.members {
                for member in members.iter_mut().filter(|member| member.job == change.job) {
                    (member.state, member.output) = (change.state, change.output.clone());
                    touched.insert(*group);
                }
            }
        }
        self.settle_groups(touched, now);
    }

    fn settle_groups(&mut self, mut touched: BTreeSet<GroupId>, now: DateTime<Utc>) {
        while let Some(id) = touched.pop_first() {
            let counts = self.counted(id);
            let Some(row) = self.groups.get_mut(&id) else {
                continue;
            };
            row.group.counts = counts;
            row.ended_at = (counts.open == 0).then_some(now);
            let state = stands(&row.group);
            let before = row.group.counted;
            self.turn(id, state, &mut touched, now);
            let row = self.groups.get_mut(&id).expect("it was there");
            if row.group.kind != GroupKind::Children && state != before {
                row.group.counted = state;
                touched.extend(row.group.parent.map(GroupId));
            }
        }
    }

    /// The turning points that a group has reached, and what follows.
    fn turn(
        &mut self,
        id: GroupId,
        state: Option<State>,
        touched: &mut BTreeSet<GroupId>,
        now: DateTime<Utc>,
    ) {
        let group = &mut self.groups.get_mut(&id).expect("it was there").group;
        let (kind, place, parent) = (group.kind, group.place, group.parent);
        let mut callbacks = Vec::new();
        if group.counts.dead > 0 && pass(group, Passed::DEATH) {
            callbacks.extend(group.callbacks.death.clone());
        }
        if state.is_some() && pass(group, Passed::COMPLETE) {
            callbacks.extend(group.callbacks.complete.clone());
        }
        let begun = group.passed.has(Passed::BEGUN);
        let mut release = false;
        if state == Some(State::Succeeded) && begun && pass(group, Passed::SUCCESS) {
            callbacks.extend(group.callbacks.success.clone());
            release = kind == GroupKind::Stage;
        }
        let over = match (group.counts.cancelled, group.counts.discarded) {
            (0, 0) => None,
            (0, _) => Some(State::Discarded),
            _ => Some(State::Cancelled),
        };
        let give_up = over.filter(|_| kind == GroupKind::Stage && pass(group, Passed::GIVEN_UP));
        let jobs: Vec<NewJob> = callbacks.into_iter().map(NewJob::from).collect();
        self.insert(jobs, now);
        let Some(parent) = parent else { return };
        if state.is_some() && kind == GroupKind::Children {
            self.unpark(JobId::from(parent));
        }
        if release {
            touched.extend(self.release_stage(id, parent, place + 1, now));
        }
        if let Some(state) = give_up {
            let later = self.stages(parent, |at| at > place);
            let waits = self.sorted(|job| {
                job.stage == Stage::Blocked(Why::Link)
                    && job
                        .member
                        .as_ref()
                        .is_some_and(|of| later.contains(&of.group))
            });
            let what = if state == State::Discarded {
                "discarded"
            } else {
                "cancelled"
            };
            let reason = format!("a job before it in its chain was {what}");
            self.end_waiting(&waits, state, Some(&reason), Some(KEPT), now);
        }
    }

    pub(super) fn stages(&self, chain: Uuid, which: impl Fn(i32) -> bool) -> Vec<GroupId> {
        let of = self.groups.values().map(|row| &row.group).filter(|group| {
            group.parent == Some(chain) && group.kind == GroupKind::Stage && which(group.place)
        });
        of.map(|group| group.id).collect()
    }

    /// The next stage begins, with what the one before hands on.
    fn release_stage(
        &mut self,
        before: GroupId,
        chain: Uuid,
        place: i32,
        now: DateTime<Utc>,
    ) -> Option<GroupId> {
        let mut outputs = self.members[&before].clone();
        outputs.sort_by_key(|member| member.place);
        let texts: Vec<&str> = outputs
            .iter()
            .map(|member| member.output.as_deref().unwrap_or("null"))
            .collect();
        let output = if self.groups[&before].group.listed {
            format!("[{}]", texts.join(","))
        } else {
            (*texts.first().unwrap_or(&"null")).to_owned()
        };
        let next = *self.stages(chain, |at| at == place).first()?;
        let group = &mut self.groups.get_mut(&next)?.group;
        group.passed.0 |= Passed::BEGUN.0;
        for member in self.members[&next].clone() {
            let Some(job) = self.jobs.get_mut(&member.job).filter(|_| member.own) else {
                continue;
            };
            if job.stage != Stage::Blocked(Why::Link) {
                continue;
            }
            job.stage = if job.run_at > now {
                Stage::Scheduled
            } else {
                Stage::Ready
            };
            job.run_at = job.run_at.max(now);
            if let Some(input) = member.input {
                let name = serde_json::json!(input);
                let rest = job.args.strip_prefix('{').unwrap_or("}");
                let comma = if rest == "}" { "" } else { "," };
                job.args = format!("{{{name}:{output}{comma}{rest}");
            }
        }
        Some(next)
    }

    /// Ends jobs that wait, whatever they wait for.
    pub(super) fn end_waiting(
        &mut self,
        jobs: &[JobId],
        state: State,
        reason: Option<&str>,
        retain: Option<Duration>,
        now: DateTime<Utc>,
    ) {
        for id in jobs {
            // One that ended may have ended another.
            if !self.jobs.get(id).is_some_and(|job| job.waits()) {
                continue;
            }
            let keys = self.job(*id).keys.clone().unwrap_or_default();
            let ended = Ended {
                state,
                worker: None,
                started: None,
                at: now,
                expires: retain.map_or(now, |retain| after(now, retain)),
                reason: reason.map(str::to_owned),
                output: None,
            };
            self.ended(*id, ended, retain.is_some(), now);
            // It may have been woken for a slot: the next one is.
            self.free_slots(keys.slots.iter().map(|slot| slot.key.as_str()));
        }
    }

    /// A parked job goes on if what it awaits has come; its queue.
    pub(super) fn unpark(&mut self, id: JobId) -> Option<String> {
        let Some(Stage::Parked { on: Some(on), .. }) = self.jobs.get(&id).map(|job| &job.stage)
        else {
            return None;
        };
        let come = match on {
            Awaited::Event(name) => self
                .events
                .iter()
                .any(|(of, is, _)| *of == id && is == name),
            Awaited::Children(group) => self
                .groups
                .get(group)
                .is_some_and(|row| row.group.counts.open == 0),
        };
        come.then(|| {
            let job = self.job(id);
            job.stage = Stage::Ready;
            job.queue.clone()
        })
    }
}
