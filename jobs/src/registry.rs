//! Every job and queue that is linked into this program. Contradictions are refused when a handle connects.

use std::collections::{BTreeMap, HashMap};

use crate::{
    definition::{JobDef, Location, Registered, short},
    error::{Error, Result},
    queue::{DeclaredQueue, Queue},
    storage::{Declarations, KindDecl, KindId, QueueDecl, inspect::Argument},
};

/// The jobs and queues of this program, and the numbers that a database gave their names.
#[derive(Debug)]
pub(crate) struct Registry {
    jobs: Vec<&'static JobDef>,
    queues: Vec<Queue>,
    names: Vec<(String, &'static JobDef)>,
    by_kind: HashMap<KindId, &'static JobDef>,
    by_name: HashMap<String, KindId>,
}

impl Registry {
    /// Collects what is linked, and `added` by hand.
    pub(crate) fn collect(added: &[&'static JobDef]) -> Result<Self> {
        let linked = inventory::iter::<Registered>
            .into_iter()
            .map(|registered| registered.0);
        let mut names: BTreeMap<&'static str, &'static JobDef> = BTreeMap::new();
        for job in linked.chain(added.iter().copied()) {
            for name in std::iter::once(&job.name).chain(job.aliases) {
                match names.insert(name, job) {
                    Some(other) if !std::ptr::eq(other, job) => {
                        return Err(Error::DuplicateName {
                            name: (*name).to_owned(),
                            first: other.location,
                            second: job.location,
                        });
                    }
                    _ => {}
                }
            }
        }
        let jobs: Vec<_> = names
            .iter()
            .filter(|(name, job)| **name == job.name)
            .map(|(_, job)| *job)
            .collect();
        let queues = queues(&jobs, inventory::iter::<DeclaredQueue>.into_iter())?;
        let names = names
            .into_iter()
            .map(|(name, job)| (name.to_owned(), job))
            .collect();
        Ok(Self {
            jobs,
            queues,
            names,
            by_kind: HashMap::new(),
            by_name: HashMap::new(),
        })
    }

    /// What the storage is to know.
    pub(crate) fn declarations(&self) -> Declarations {
        let kinds = self.names.iter().map(|(name, job)| KindDecl {
            name: name.clone(),
            queue: job.queue().name().to_owned(),
            priority: self.priority(job),
            version: job.version,
            tags: tags(job).map(str::to_owned).collect(),
            unique_by: crate::storage::unique_by(job.name, &job.level.limits),
            redact: redacted(job).map(str::to_owned).collect(),
            args: arguments(job),
        });
        let queues = self.queues.iter().map(|queue| QueueDecl {
            name: queue.name().to_owned(),
            paused: queue.paused(),
        });
        Declarations {
            kinds: kinds.collect(),
            queues: queues.collect(),
        }
    }

    /// Takes the numbers that the storage gave, in the order of [`declarations`](Self::declarations).
    pub(crate) fn numbered(mut self, kinds: &[KindId]) -> Result<Self> {
        if kinds.len() != self.names.len() {
            return Err(Error::Damaged {
                what: "the table of kinds gave too few numbers".into(),
            });
        }
        for (kind, (name, job)) in kinds.iter().zip(&self.names) {
            self.by_kind.insert(*kind, job);
            self.by_name.insert(name.clone(), *kind);
        }
        Ok(self)
    }

    /// Every job, by name.
    pub(crate) fn jobs(&self) -> &[&'static JobDef] {
        &self.jobs
    }

    /// Every queue that code declares or a job names, by name.
    pub(crate) fn queues(&self) -> &[Queue] {
        &self.queues
    }

    /// The job of a name or alias, whether a database has numbered it or not.
    #[cfg(feature = "config")]
    pub(crate) fn linked(&self, name: &str) -> Option<&'static JobDef> {
        let found = self.names.iter().find(|(known, _)| known == name);
        found.map(|(_, job)| *job)
    }

    /// The queue of this name.
    #[cfg(feature = "cron")]
    pub(crate) fn queue(&self, name: &str) -> Option<Queue> {
        self.queues
            .iter()
            .copied()
            .find(|queue| queue.name() == name)
    }

    /// The job that runs rows of this kind.
    pub(crate) fn job(&self, kind: KindId) -> Option<&'static JobDef> {
        self.by_kind.get(&kind).copied()
    }

    /// The job of a name or alias.
    pub(crate) fn named(&self, name: &str) -> Option<&'static JobDef> {
        self.by_name.get(name).and_then(|kind| self.job(*kind))
    }

    /// The number of a name or alias.
    pub(crate) fn number(&self, name: &str) -> Option<KindId> {
        self.by_name.get(name).copied()
    }

    /// The number of a job's rows.
    pub(crate) fn kind(&self, job: &JobDef) -> Result<KindId> {
        self.by_name
            .get(job.name)
            .copied()
            .ok_or(Error::NotRegistered { job: job.name })
    }

    /// Every number with the newest payload version that this code reads.
    pub(crate) fn known(&self) -> Vec<(KindId, u32)> {
        self.by_kind
            .iter()
            .map(|(kind, job)| (*kind, job.version))
            .collect()
    }

    /// The priority of a job that is not given one: its own, its base's, its queue's.
    pub(crate) fn priority(&self, job: &'static JobDef) -> i16 {
        job.first(|level| level.priority)
            .unwrap_or_else(|| self.declared(job.queue()).priority())
    }

    /// The queue as `queues!` declared it; the one of a job may be the built-in `default`.
    fn declared(&self, queue: Queue) -> Queue {
        self.queues
            .iter()
            .copied()
            .find(|known| known.name() == queue.name())
            .unwrap_or(queue)
    }
}

/// The tags that every job of this kind has.
pub(crate) fn tags(job: &'static JobDef) -> impl Iterator<Item = &'static str> {
    job.levels().flat_map(|level| level.tags.iter().copied())
}

/// What a form asks for.
fn arguments(job: &JobDef) -> Vec<Argument> {
    let args = job.args.iter().map(|arg| Argument {
        name: arg.name.to_owned(),
        type_name: short((arg.type_name)()),
        required: arg.required,
    });
    args.collect()
}

/// The arguments that are never shown, by their stored names.
pub(crate) fn redacted(job: &'static JobDef) -> impl Iterator<Item = &'static str> {
    let hidden = job.args.iter().filter(|arg| arg.redacted);
    hidden.map(|arg| arg.name)
}

fn queues<'a>(
    jobs: &[&'static JobDef],
    declared: impl Iterator<Item = &'a DeclaredQueue>,
) -> Result<Vec<Queue>> {
    let mut found: BTreeMap<&'static str, (Queue, Option<Location>)> = BTreeMap::new();
    for DeclaredQueue { queue, location } in declared {
        match found.insert(queue.name(), (*queue, Some(*location))) {
            Some((other, Some(first))) if other != *queue => {
                return Err(Error::QueueConflict {
                    name: queue.name().to_owned(),
                    first,
                    second: *location,
                });
            }
            _ => {}
        }
    }
    for job in jobs {
        found
            .entry(job.queue().name())
            .or_insert((job.queue(), None));
    }
    Ok(found.into_values().map(|(queue, _)| queue).collect())
}
