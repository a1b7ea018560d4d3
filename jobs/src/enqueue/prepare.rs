//! From a typed job to a row: encoded at once, checked against the handle's limits when it is stored.

use std::borrow::Cow;

use crate::{
    clock,
    definition::JobDef,
    enqueue::EnqueueInfo,
    error::{Error, Result},
    handle::Jobs,
    job::Job,
    payload::ArgsWriter,
    queue::Queue,
    record::JobId,
    registry,
    storage::{NewJob, RunAt},
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
    pub(crate) id: Option<JobId>,
    /// Of the payload, if other code encoded it.
    pub(crate) version: Option<u32>,
    pub(crate) options: Options,
}

impl Prepared {
    pub(crate) fn new<J: Job>(job: &J) -> Self {
        let mut args = ArgsWriter::new();
        job.__encode(&mut args);
        Self {
            definition: J::__definition(),
            args: args.finish(),
            id: None,
            version: None,
            options: Options::default(),
        }
    }

    /// One whose arguments are encoded already; its row says the version of its payload itself.
    #[cfg(feature = "cron")]
    pub(crate) fn encoded(definition: &'static JobDef, args: String) -> Self {
        Self {
            definition,
            args: Ok(args),
            id: None,
            version: None,
            options: Options::default(),
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
        };
        Ok(EnqueueInfo::new(job, new))
    }
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
