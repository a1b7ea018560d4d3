//! Durable steps: checkpoints and events.

use chrono::{DateTime, Utc};
use jobs::{
    JobId, Result,
    storage::{
        Checkpoint, CheckpointKind, Checkpoints, NewWork, Sent, Settle, Settled, TakeEvent,
        TakenEvent,
    },
};

use super::world::{World, after};

impl World {
    pub(super) fn checkpoints_of(&self, id: JobId, now: DateTime<Utc>) -> Checkpoints {
        let of = self.checkpoints.iter().filter(|((of, ..), _)| *of == id);
        let all = of.map(|((_, kind, name, number), (value, until))| Checkpoint {
            kind: *kind,
            name: name.clone(),
            number: *number,
            value: value.clone(),
            until: *until,
        });
        Checkpoints {
            now,
            all: all.collect(),
        }
    }

    pub(super) fn settle(&mut self, settle: Settle, now: DateTime<Utc>) -> Result<Option<Settled>> {
        if !self.holds(settle.claim) {
            return Ok(None);
        }
        let work = NewWork {
            groups: settle.groups,
            jobs: settle.jobs,
            grows: None,
        };
        let inserted = self.insert_work(work, now)?;
        let key = (settle.claim.id, settle.kind, settle.name, 0);
        let point = self.checkpoints.entry(key).or_default();
        point.0 = settle.value;
        point.1 = point.1.or(settle.wait.map(|wait| after(now, wait)));
        let until = point.1;
        Ok(Some(Settled { until, inserted }))
    }

    pub(super) fn take_event(&mut self, take: TakeEvent, now: DateTime<Utc>) -> Option<TakenEvent> {
        let id = take.claim.id;
        if !self.holds(take.claim) {
            return None;
        }
        let key = (id, CheckpointKind::Event, take.name.clone(), take.number);
        let taken = self
            .checkpoints
            .get(&key)
            .is_some_and(|point| point.0.is_some());
        let first = self
            .events
            .iter()
            .position(|(of, name, _)| *of == id && *name == take.name)
            .filter(|_| !taken);
        let come = first.map(|at| self.events.remove(at).2);
        let until = take.within.map(|within| after(now, within));
        let point = self.checkpoints.entry(key).or_insert((None, until));
        if point.0.is_none() {
            let over = point.1.is_some_and(|until| until <= now);
            point.0 = come
                .map(|value| format!("[{value}]"))
                .or_else(|| over.then(|| "[]".to_owned()));
        }
        Some(TakenEvent {
            value: point.0.clone(),
            until: point.1,
        })
    }

    pub(super) fn send_event(&mut self, id: JobId, name: String, value: String) -> Sent {
        match self.jobs.get(&id) {
            None => Sent::NotFound,
            Some(job) if job.state().is_final() => Sent::Ended,
            Some(_) => {
                self.events.push((id, name, value));
                self.unpark(id)
                    .map_or(Sent::Kept, |queue| Sent::Woke(queue.into()))
            }
        }
    }
}
