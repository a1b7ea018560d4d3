//! What must hold after every step, whatever went wrong.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use jobs::{
    JobId, State,
    storage::{Held, WorkerId},
};
use jobs_tests::model::{Job, Stage, World};

use crate::work::{ATTEMPTS, Run};

/// One job as it was after the last step.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Was {
    state: State,
    worker: Option<WorkerId>,
    fence: i64,
    attempt: u32,
    runs: u32,
    crashes: u32,
}

impl Was {
    fn of(job: &Job) -> Self {
        Self {
            state: job.state(),
            worker: job.worker(),
            fence: job.fence,
            attempt: job.attempt,
            runs: job.runs,
            crashes: job.crashes,
        }
    }
}

#[derive(Default)]
pub struct Check {
    /// Jobs whose enqueue was answered.
    pub promised: BTreeSet<JobId>,
    before: BTreeMap<JobId, Was>,
    /// The latest time that was ever told.
    latest: Option<DateTime<Utc>>,
}

type Starts = BTreeMap<JobId, Vec<(i64, u32)>>;

impl Check {
    /// Compares the world with what it was before this verb. `calm` has all starts, if nothing ever goes wrong.
    pub fn step(
        &mut self,
        verb: &str,
        world: &World,
        now: DateTime<Utc>,
        returned: &BTreeSet<Run>,
        calm: Option<&Starts>,
    ) -> Result<(), String> {
        self.latest = self.latest.max(Some(now));
        for (id, job) in &world.jobs {
            let is = Was::of(job);
            let was = self.before.get(id).copied();
            if was == Some(is) {
                continue;
            }
            let Some(was) = was else { continue };
            legal(verb, was, is).map_err(|wrong| format!("{id}: {wrong} ({was:?} → {is:?})"))?;
            if is.state == State::Succeeded && !returned.contains(&(*id, is.fence)) {
                return Err(format!(
                    "{id} has succeeded, but its function has not returned"
                ));
            }
            if let Some(starts) = calm {
                calmly(*id, is, starts.get(id).map_or(&[], Vec::as_slice))?;
            }
        }
        if self.before.keys().any(|id| !world.jobs.contains_key(id)) {
            return Err("a job is gone before its time".to_owned());
        }
        if let Some(id) = self.promised.iter().find(|id| !world.jobs.contains_key(id)) {
            return Err(format!("{id} was promised and is not there"));
        }
        self.before = world
            .jobs
            .iter()
            .map(|(id, job)| (*id, Was::of(job)))
            .collect();
        limits(world)?;
        uniques(world)?;
        groups(world)?;
        ticks(world)
    }
}

/// Where a step may lead, and by which verbs.
fn legal(verb: &str, was: Was, is: Was) -> Result<(), &'static str> {
    use State::{Blocked, Cancelled, Dead, Discarded, Parked, Ready, Running, Scheduled};
    if is.fence < was.fence {
        return Err("the fence went back");
    }
    let waits = |state| matches!(state, Ready | Scheduled | Blocked | Parked);
    let fits = match (was.state, is.state) {
        (from, Running) if waits(from) => verb == "claim" && is.fence > was.fence,
        (Running, Running) => verb == "claim" && was.worker == is.worker,
        // A claim whose answer was lost is given back by the next one.
        (Running, Ready | Blocked) if verb == "claim" => is.fence == was.fence,
        (Running, _) => verb == "finish" && is.fence == was.fence,
        (Dead, Ready | Discarded) => verb == "resolve",
        (from, _) if from.is_final() => false,
        (from, Cancelled) if waits(from) => {
            matches!(
                verb,
                "cancel" | "cancel_group" | "finish" | "clear_ready" | "end_waiting"
            )
        }
        (from, Discarded) if waits(from) => matches!(verb, "finish" | "end_waiting"),
        (from, to) => waits(from) && waits(to),
    };
    if !fits {
        return Err("that step is not legal");
    }
    // An ended execution counts once; one that was put back, or parked, does not.
    let more = (
        is.attempt.wrapping_sub(was.attempt),
        is.runs.wrapping_sub(was.runs),
    );
    let counted = match (was.state, is.state) {
        (Running, to) if to.is_final() => more.0 <= 1 && more.1 <= 1,
        (Running, Scheduled) => more == (1, 1),
        (Running, Ready | Blocked) => {
            more == (1, 1) || more == (0, 0) || more == (0, 1) && is.crashes == was.crashes + 1
        }
        (Dead, Ready) => is.attempt == 0 && more.1 == 0,
        _ => more == (0, 0),
    };
    if counted {
        Ok(())
    } else {
        Err("its executions are not counted as they should be")
    }
}

/// Where nothing goes wrong, every claim is started once, and every attempt is one more.
fn calmly(id: JobId, is: Was, starts: &[(i64, u32)]) -> Result<(), String> {
    let attempts: Vec<u32> = starts.iter().map(|(_, attempt)| *attempt).collect();
    if attempts
        .windows(2)
        .any(|two| two[1] != two[0] + 1 && two[1] != 1)
    {
        return Err(format!(
            "{id} ran as attempts {attempts:?} though nothing went wrong"
        ));
    }
    if is.crashes > 0 {
        return Err(format!("{id} was taken over though nothing went wrong"));
    }
    let last = attempts.last().copied().unwrap_or(0);
    match is.state {
        State::Dead if last != ATTEMPTS => {
            Err(format!("{id} is dead after {last} of {ATTEMPTS} attempts"))
        }
        _ if last > ATTEMPTS => Err(format!("{id} was tried more than {ATTEMPTS} times")),
        _ => Ok(()),
    }
}

fn limits(world: &World) -> Result<(), String> {
    for job in world.jobs.values() {
        let Stage::Running { held: true, .. } = job.stage else {
            continue;
        };
        for slot in job.keys.iter().flat_map(|keys| &keys.slots) {
            let used = world.used(&slot.key);
            if used > slot.limit {
                return Err(format!(
                    "{used} hold a slot of {}, not {}",
                    slot.key, slot.limit
                ));
            }
        }
    }
    Ok(())
}

/// A key without a time belongs to one job that has not ended; and where it is held while jobs wait, to one that waits.
fn uniques(world: &World) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for job in world.jobs.values().filter(|job| !job.state().is_final()) {
        let unique = job.keys.as_ref().and_then(|keys| keys.unique.as_ref());
        let Some(unique) = unique.filter(|unique| unique.ttl.is_none()) else {
            continue;
        };
        let free = unique.until == Held::Waiting
            && matches!(job.state(), State::Running | State::Blocked | State::Parked);
        if !free && !seen.insert(&unique.key) {
            return Err(format!("two jobs have the unique key {}", unique.key));
        }
    }
    Ok(())
}

fn groups(world: &World) -> Result<(), String> {
    for row in world.groups() {
        let (says, counts) = (row.group.counts, world.counted(row.group.id));
        if says != counts {
            return Err(format!(
                "group {:?} counts {says:?}, but it is {counts:?}",
                row.group.id
            ));
        }
    }
    Ok(())
}

fn ticks(world: &World) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for job in world.jobs.values() {
        // A retry has another time than its tick.
        if world.kind_name(job.kind) == Some("Tick") && job.runs == 0 && !seen.insert(job.run_at) {
            return Err(format!("two jobs for the tick at {}", job.run_at));
        }
    }
    Ok(())
}
