//! The verbs that are more than one line and belong nowhere else.

use std::time::Duration;

use chrono::{DateTime, Utc};
use jobs::{
    JobId, State,
    storage::{Cancelled, Declarations, KindId, Promoted},
};

use super::world::{Job, Stage, Why, World};

pub(super) fn declare(world: &mut World, declarations: Declarations) -> Vec<KindId> {
    for queue in declarations.queues {
        let new = (queue.paused, None);
        world.queues.entry(queue.name).or_insert(new);
    }
    let mut numbers = Vec::new();
    for kind in declarations.kinds {
        let number = world.kind_of(&kind.name).unwrap_or_else(|| {
            world.kinds.push(kind.clone());
            world.kind_of(&kind.name).expect("it was just added")
        });
        world.kinds[number.0 as usize - 1] = kind;
        numbers.push(number);
    }
    numbers
}

pub(super) fn promote(world: &mut World, limit: u32, now: DateTime<Utc>) -> Promoted {
    let due = |job: &Job| match &job.stage {
        Stage::Scheduled => Some(job.run_at),
        Stage::Blocked(Why::Unreadable(until)) => Some(*until),
        Stage::Parked { until, .. } => *until,
        _ => None,
    };
    let mut over: Vec<_> = world
        .jobs
        .values()
        .filter_map(|job| Some((due(job)?, job.id)))
        .filter(|(due, _)| *due <= now)
        .collect();
    over.sort_unstable();
    over.truncate(limit as usize);
    for (_, id) in &over {
        world.job(*id).stage = Stage::Ready;
    }
    let (opened, opens) = world.open_windows(now);
    let next = world.jobs.values().filter_map(due).chain(opens).min();
    Promoted {
        moved: over.len() as u64 + opened,
        next_in: next.map(|next| (next - now).to_std().unwrap_or_default()),
    }
}

pub(super) fn unblock(world: &mut World, known: &[(KindId, u32)], started: bool) -> u64 {
    let mut moved = 0;
    for job in world.jobs.values_mut() {
        let version = known.iter().find(|(kind, _)| *kind == job.kind);
        let Some((_, version)) = version else {
            continue;
        };
        let goes = match job.stage {
            Stage::Blocked(Why::Unknown) => true,
            Stage::Blocked(Why::Unreadable(_)) => started && job.version <= *version,
            _ => false,
        };
        if goes {
            job.stage = Stage::Ready;
            moved += 1;
        }
    }
    moved
}

pub(super) fn cancel(
    world: &mut World,
    id: JobId,
    retain: Option<Duration>,
    now: DateTime<Utc>,
) -> Cancelled {
    let Some(job) = world.jobs.get_mut(&id) else {
        return Cancelled::NotFound;
    };
    let stays = retain.unwrap_or(Duration::from_secs(86_400));
    if job.state().is_final() {
        return Cancelled::TooLate;
    }
    if job.worker().is_some() {
        job.asked.get_or_insert(retain);
        world.cancel_chain(id, stays, now);
        world.cancel_children(vec![id], now);
        return Cancelled::Asked;
    }
    world.cancel_chain_with(id, retain, stays, now);
    world.cancel_children(vec![id], now);
    Cancelled::Ended
}

impl World {
    /// The job itself first; it may leave no record, and its chain is then known from before.
    fn cancel_chain_with(
        &mut self,
        id: JobId,
        retain: Option<Duration>,
        stays: Duration,
        now: DateTime<Utc>,
    ) {
        if retain.is_some() {
            self.end_waiting(&[id], State::Cancelled, None, retain, now);
            self.cancel_chain(id, stays, now);
        } else {
            self.cancel_chain(id, stays, now);
            self.end_waiting(&[id], State::Cancelled, None, None, now);
            self.forget(id);
        }
    }
}
