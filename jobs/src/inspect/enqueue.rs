//! Enqueuing by name, without the job's type.

use std::borrow::Cow;

use serde_json::Value;

use super::{Answered, Inspector};
use crate::{
    enqueue::stored_keys,
    error::{Error, Result},
    record::{JobId, JobRecord},
    storage::{Inserted, NewJob, RunAt, Wake},
};

/// A job to be enqueued by its name. What is `None` is the job's own.
///
/// ```
/// # async fn doc(inspector: jobs::inspect::Inspector) -> jobs::Result<()> {
/// let new = jobs::inspect::NewByName {
///     args: serde_json::json!({ "user_id": 42 }),
///     ..jobs::inspect::NewByName::new("SendWelcomeEmail")
/// };
/// let id = inspector.enqueue(new).await?;
/// # drop(id);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NewByName {
    /// The stored name.
    pub name: String,
    /// One JSON object.
    pub args: Value,
    /// Its queue.
    pub queue: Option<String>,
    /// Its priority.
    pub priority: Option<i16>,
    /// When it is due; a past time is now.
    pub run_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Tags besides the job's own.
    pub tags: Vec<String>,
}

impl NewByName {
    /// A job without arguments.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            args: Value::Object(serde_json::Map::new()),
            queue: None,
            priority: None,
            run_at: None,
            tags: Vec::new(),
        }
    }
}

impl Inspector {
    /// Enqueues a job by its name. Enqueue hooks are not called. A program that does not know the job's type cannot
    /// make its keys: a `unique` job is refused there, and others are under no `concurrency` or `rate_limit`.
    ///
    /// # Errors
    /// The database knows no job of the name, the arguments are no object or too large, the job is unique and not
    /// known here, another job holds its unique key, or the database fails.
    pub async fn enqueue(&self, new: NewByName) -> Result<JobId> {
        let id = self.enqueue_quietly(new.clone()).await?;
        self.note("enqueue", id, new.name).await;
        Ok(id)
    }

    /// Which of these arguments the job of this name cannot read, and why: pairs of argument and problem. Empty if it
    /// reads all, and if this program does not have the job's type.
    ///
    /// ```
    /// # fn doc(inspector: jobs::inspect::Inspector) {
    /// for (argument, problem) in inspector.misfits("SendWelcomeEmail", &serde_json::json!({ "user_id": "x" })) {
    ///     println!("{argument}: {problem}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn misfits(&self, name: &str, args: &Value) -> Vec<(&'static str, String)> {
        let Some(definition) = self.jobs.inner().registry.named(name) else {
            return Vec::new();
        };
        let misfit = |arg: &crate::definition::ArgDef| match args.get(arg.name) {
            Some(value) => (arg.fits)(&value.to_string()).err(),
            None if arg.required => Some("it is missing".to_owned()),
            None => None,
        };
        let args = definition.args.iter();
        args.filter_map(|arg| Some((arg.name, misfit(arg)?)))
            .collect()
    }

    pub(super) fn enqueue_quietly(&self, new: NewByName) -> Answered<'_, JobId> {
        Box::pin(async move {
            let inner = self.jobs.inner();
            let refused = |why: &str| Error::NotByName {
                job: new.name.clone(),
                reason: why.to_owned(),
            };
            if !new.args.is_object() {
                return Err(refused("its arguments are no JSON object"));
            }
            let kinds = self.kinds().await?;
            let Some(kind) = kinds.iter().find(|kind| kind.name == new.name) else {
                return Err(refused("the database knows no job of this name"));
            };
            let args = new.args.to_string();
            if args.len() > inner.limits.args {
                return Err(Error::TooLarge {
                    what: "the payload",
                    job: new.name.clone(),
                    size: args.len(),
                    limit: inner.limits.args,
                });
            }
            let keys = match inner.registry.named(&new.name) {
                Some(definition) => stored_keys(definition, &args)?,
                None if kind.unique => {
                    return Err(refused(
                        "it is unique, and this program does not know how its key is made",
                    ));
                }
                None => None,
            };
            let mut tags = kind.tags.clone();
            for tag in new.tags.iter().filter(|tag| !tag.is_empty()) {
                if !tags.contains(tag) {
                    tags.push(tag.clone());
                }
            }
            if tags.len() > inner.limits.tags || tags.iter().any(|tag| tag.len() > inner.limits.tag)
            {
                return Err(refused("it has too many tags, or too long ones"));
            }
            let job = NewJob {
                id: JobId::new(),
                kind: kind.id,
                version: kind.version,
                queue: Cow::Owned(new.queue.clone().unwrap_or_else(|| kind.queue.clone())),
                priority: new.priority.unwrap_or(kind.priority),
                run_at: new
                    .run_at
                    .map_or(RunAt::Now, |at| RunAt::At(crate::clock::storable(at))),
                args,
                tags: tags.into_iter().map(Cow::Owned).collect(),
                may_exist: false,
                keys,
                member: None,
                trace: None,
            };
            let (id, queue) = (job.id, job.queue.clone());
            let inserted = self
                .call(move |storage, now| async move { storage.insert(vec![job], now).await })
                .await?;
            match inserted.first() {
                Some(Inserted::Held(holder)) => {
                    return Err(Error::Duplicate {
                        job: new.name.clone(),
                        holder: *holder,
                    });
                }
                Some(Inserted::Busy) => {
                    return Err(refused("its unique key is in somebody's open transaction"));
                }
                _ => {}
            }
            inner.wakes.everywhere(vec![
                Wake::Ready(vec![queue]),
                Wake::DueIn(std::time::Duration::ZERO),
            ]);
            Ok(id)
        })
    }

    /// Enqueues a copy of a job that has ended: the same name, arguments, queue, priority and tags, a new id.
    /// `None` if there is no record of it.
    ///
    /// # Errors
    /// As for [`enqueue`](Self::enqueue).
    pub async fn run_again(&self, id: JobId) -> Result<Option<JobId>> {
        let Some(record) = self.jobs.get(id).await? else {
            return Ok(None);
        };
        let copy = self.enqueue_quietly(copy_of(record)).await?;
        self.note("run again", id, format!("as {copy}")).await;
        Ok(Some(copy))
    }
}

fn copy_of(record: JobRecord) -> NewByName {
    NewByName {
        name: record.name,
        args: record.args,
        queue: Some(record.queue),
        priority: Some(record.priority),
        run_at: None,
        tags: record.tags,
    }
}
