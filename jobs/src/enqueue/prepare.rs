//! From a typed job to a row: encoded at once, checked against the handle's limits when it is stored.

use std::borrow::Cow;

use crate::{
    clock,
    definition::{JobDef, KeyOf, KeyWriter, Limits, digest},
    enqueue::EnqueueInfo,
    error::{Error, Result},
    handle::Jobs,
    job::Job,
    payload::{ArgsReader, ArgsWriter},
    queue::Queue,
    record::JobId,
    registry,
    storage::{Keys, Member, NewJob, RateKey, RunAt, SlotKey, unique_keys},
    telemetry,
};

/// What a caller may say about one or many jobs.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) queue: Option<Queue>,
    pub(crate) priority: Option<i16>,
    pub(crate) run_at: RunAt,
    pub(crate) tags: Vec<Cow<'static, str>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue: None,
            priority: None,
            run_at: RunAt::Now,
            tags: Vec::new(),
        }
    }
}

/// One encoded job.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) definition: &'static JobDef,
    args: std::result::Result<String, (&'static str, serde_json::Error)>,
    keys: std::result::Result<Option<Box<Keys>>, (&'static str, serde_json::Error)>,
    pub(crate) id: Option<JobId>,
    /// Of the payload, if other code encoded it.
    pub(crate) version: Option<u32>,
    pub(crate) options: Options,
    pub(crate) member: Option<Box<Member>>,
}

impl Prepared {
    pub(crate) fn new<J: Job>(job: &J) -> Self {
        let mut args = ArgsWriter::new();
        job.__encode(&mut args);
        Self {
            definition: J::__definition(),
            args: args.finish(),
            keys: keys(job),
            id: None,
            version: None,
            options: Options::default(),
            member: None,
        }
    }

    /// One whose arguments are encoded already; its row says the version of its payload itself.
    #[cfg(feature = "cron")]
    pub(crate) fn encoded(definition: &'static JobDef, args: String) -> Self {
        Self::from_args(definition, Ok(args))
    }

    /// One whose arguments may lack the input that a chain fills: its keys are made of the others.
    pub(crate) fn from_args(
        definition: &'static JobDef,
        args: std::result::Result<String, (&'static str, serde_json::Error)>,
    ) -> Self {
        let keys = match &args {
            Ok(args) => stored(definition, args),
            Err(_) => Ok(None),
        };
        Self {
            definition,
            args,
            keys,
            id: None,
            version: None,
            options: Options::default(),
            member: None,
        }
    }

    /// Fills in what the caller left open, and checks sizes.
    pub(crate) fn resolve(self, jobs: &Jobs) -> Result<EnqueueInfo> {
        let (inner, job) = (jobs.inner(), self.definition);
        let args = self.args.map_err(|(argument, source)| Error::Encode {
            job: job.name,
            argument,
            source,
        })?;
        let keys = self.keys.map_err(|(argument, source)| Error::Encode {
            job: job.name,
            argument,
            source,
        })?;
        let limit = inner.limits.args;
        if args.len() > limit {
            return Err(Error::TooLarge {
                what: "the payload",
                job: job.name.into(),
                size: args.len(),
                limit,
            });
        }
        let mut tags: Vec<Cow<'static, str>> = registry::tags(job).map(Cow::Borrowed).collect();
        for tag in self.options.tags {
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        let queue = self.options.queue;
        let own = inner.registry.priority(job);
        let new = NewJob {
            id: self.id.unwrap_or_else(JobId::new),
            kind: inner.registry.kind(job)?,
            version: self.version.unwrap_or(job.version),
            queue: Cow::Borrowed(queue.unwrap_or_else(|| job.queue()).name()),
            priority: self.options.priority.unwrap_or(own),
            run_at: self.options.run_at,
            args,
            tags,
            may_exist: self.id.is_some(),
            keys,
            member: self.member,
            trace: telemetry::current_trace().map(Box::new),
        };
        Ok(EnqueueInfo::new(job, new))
    }
}

/// The keys of a job whose arguments are encoded already.
pub(crate) fn stored_keys(definition: &'static JobDef, args: &str) -> Result<Option<Box<Keys>>> {
    stored(definition, args).map_err(|(argument, source)| Error::Encode {
        job: definition.name,
        argument,
        source,
    })
}

/// [`keys`] of arguments that are encoded already.
fn stored(definition: &'static JobDef, args: &str) -> Prepare {
    let limits = &definition.level.limits;
    let Some(read) = limits.keys else {
        return Ok(None);
    };
    let mut written = KeyWriter::default();
    ArgsReader::parse(args)
        .and_then(|args| read(&args, &mut written))
        .map_err(|error| ("(key)", serde::de::Error::custom(error)))?;
    written_keys(definition.name, limits, written)
}

type Prepare = std::result::Result<Option<Box<Keys>>, (&'static str, serde_json::Error)>;

/// What the job's arguments make of its limits.
fn keys<J: Job>(job: &J) -> Prepare {
    let mut written = KeyWriter::default();
    job.__keys(&mut written);
    let definition = J::__definition();
    written_keys(definition.name, &definition.level.limits, written)
}

fn written_keys(name: &str, limits: &Limits, mut written: KeyWriter) -> Prepare {
    let mut keys = Keys::default();
    if let (Some(unique), Some(key)) = (&limits.unique, written.take(KeyOf::Unique)) {
        let key = key?;
        keys = unique_keys(unique, |space| digest(space, name, &key));
    }
    if let (Some(slots), Some(key)) = (&limits.concurrency, written.take(KeyOf::Concurrency)) {
        let key = key?;
        keys.slots.push(SlotKey {
            key: match slots.group {
                Some(group) => digest("group", group, &key),
                None => digest("slots", name, &key),
            },
            limit: slots.limit,
            discard: slots.discard,
            fair: slots.fair,
        });
    }
    if let (Some(rate), Some(key)) = (&limits.rate, written.take(KeyOf::Rate)) {
        keys.rate = Some(RateKey {
            key: digest("rate", name, &key?),
            count: rate.count,
            per: rate.per,
        });
    }
    Ok((keys != Keys::default()).then(|| Box::new(keys)))
}

/// What hooks may still have changed: the time is brought into the range that can be stored, tags are checked.
pub(crate) fn settle(jobs: &Jobs, name: &'static str, job: &mut NewJob) -> Result<()> {
    job.run_at = match job.run_at {
        RunAt::Now => RunAt::Now,
        RunAt::In(wait) => RunAt::In(wait.min(clock::LONGEST_WAIT)),
        RunAt::At(time) => RunAt::At(clock::storable(time)),
    };
    check_tags(jobs, name, job)
}

fn check_tags(jobs: &Jobs, name: &'static str, job: &NewJob) -> Result<()> {
    let limits = jobs.inner().limits;
    if job.tags.len() > limits.tags {
        return Err(Error::TooManyTags {
            job: name,
            count: job.tags.len(),
            limit: limits.tags,
        });
    }
    for tag in &job.tags {
        if tag.is_empty() {
            return Err(Error::InvalidTag {
                job: name,
                tag: tag.to_string(),
                reason: "a tag cannot be empty",
            });
        }
        if tag.len() > limits.tag {
            return Err(Error::TooLarge {
                what: "a tag",
                job: name.into(),
                size: tag.len(),
                limit: limits.tag,
            });
        }
    }
    Ok(())
}
