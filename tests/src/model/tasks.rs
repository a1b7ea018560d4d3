//! Recurring tasks.

use chrono::{DateTime, Utc};
use jobs::storage::{Declarer, DueTasks, KindId, Task, TaskChange, TaskDecl, Tick};

use super::world::World;

impl World {
    pub(super) fn declare_task(
        &mut self,
        decl: TaskDecl,
        by: Declarer,
        now: DateTime<Utc>,
    ) -> bool {
        let job = self.kind_name(decl.kind).unwrap_or_default().to_owned();
        let dynamic = by == Declarer::Caller;
        match self.tasks.get_mut(&decl.name) {
            None => {
                let name = decl.name.clone();
                let task = Task {
                    decl,
                    job,
                    dynamic,
                    paused: false,
                    base: now,
                    last_tick: None,
                    next_tick: now,
                };
                self.tasks.insert(name, task);
                true
            }
            Some(task) => {
                if by == Declarer::Handle || (dynamic && !task.dynamic) {
                    return false;
                }
                let same = (&task.decl.schedule, &task.decl.zone) == (&decl.schedule, &decl.zone);
                if !same {
                    (task.base, task.next_tick) = (now, now);
                }
                (task.decl, task.job, task.dynamic) = (decl, job, dynamic);
                true
            }
        }
    }

    pub(super) fn due_tasks(
        &self,
        kinds: &[KindId],
        names: &[String],
        limit: u32,
        now: DateTime<Utc>,
    ) -> DueTasks {
        let ours = |task: &&Task| match task.dynamic {
            _ if task.paused => false,
            true => kinds.contains(&task.decl.kind),
            false => names.contains(&task.decl.name),
        };
        let mut all: Vec<Task> = self.tasks.values().filter(ours).cloned().collect();
        all.sort_by_key(|task| task.next_tick);
        let later = all.iter().find(|task| task.next_tick > now);
        let next_in = later.and_then(|task| (task.next_tick - now).to_std().ok());
        all.retain(|task| task.next_tick <= now);
        all.truncate(limit as usize);
        DueTasks {
            now,
            tasks: all,
            next_in,
        }
    }

    pub(super) fn settle_tick(&mut self, tick: Tick, now: DateTime<Utc>) -> bool {
        let Some(task) = self.tasks.get_mut(&tick.name) else {
            return false;
        };
        if task.paused || task.base != tick.seen || tick.base < task.base {
            return false;
        }
        (task.base, task.next_tick) = (tick.base, tick.next_tick);
        task.last_tick = tick.ticked.or(task.last_tick);
        self.insert(tick.jobs, now);
        true
    }

    pub(super) fn change_task(
        &mut self,
        name: &str,
        change: TaskChange,
        now: DateTime<Utc>,
    ) -> bool {
        let Some(task) = self.tasks.get_mut(name) else {
            return false;
        };
        match change {
            TaskChange::Pause => task.paused = true,
            TaskChange::Resume if task.paused => {
                task.paused = false;
                (task.base, task.next_tick) = (now, now);
            }
            TaskChange::Resume => {}
            TaskChange::Remove => {
                self.tasks.remove(name);
            }
        }
        true
    }
}
