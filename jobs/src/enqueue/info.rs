//! What hooks see of a job that is being enqueued.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_core::future::BoxFuture;

use crate::{
    definition::JobDef,
    error::Error,
    queue::Queue,
    record::JobId,
    storage::{NewJob, RunAt},
    trace::TraceContext,
};

/// A job on its way into the queue; `before_enqueue` and `around_enqueue` may change where and when it runs.
///
/// ```
/// use std::ops::ControlFlow;
/// use jobs::{EnqueueInfo, Halt};
///
/// async fn mark(job: &mut EnqueueInfo) -> ControlFlow<Halt> {
///     if job.args().len() > 10_000 {
///         job.add_tag("large");
///     }
///     ControlFlow::Continue(())
/// }
/// # let _ = mark;
/// ```
///
/// All that can be changed:
///
/// ```
/// # use std::{ops::ControlFlow, time::Duration};
/// # use jobs::{EnqueueInfo, Halt};
/// async fn slow_down(job: &mut EnqueueInfo) -> ControlFlow<Halt> {
///     if job.priority() > 0 && !job.tags().iter().any(|tag| tag == "urgent") {
///         println!("{} {} waits", job.job_name(), job.id());
///         job.set_queue(jobs::queues::default);
///         job.set_priority(100);
///         job.set_wait(Duration::from_secs(60));
///     }
///     ControlFlow::Continue(())
/// }
/// # let _ = slow_down;
/// ```
#[derive(Debug)]
pub struct EnqueueInfo {
    pub(crate) definition: &'static JobDef,
    pub(crate) job: NewJob,
    /// Inside an `around_enqueue` hook: what its `next` will store.
    shared: Option<Arc<Mutex<NewJob>>>,
}

impl EnqueueInfo {
    pub(crate) fn new(definition: &'static JobDef, job: NewJob) -> Self {
        Self {
            definition,
            job,
            shared: None,
        }
    }

    /// A view whose changes reach whoever else holds `shared`.
    pub(crate) fn sharing(definition: &'static JobDef, shared: &Arc<Mutex<NewJob>>) -> Self {
        let job = shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Self {
            definition,
            job,
            shared: Some(Arc::clone(shared)),
        }
    }

    fn change(&mut self, change: impl Fn(&mut NewJob)) {
        change(&mut self.job);
        if let Some(shared) = &self.shared {
            change(&mut shared.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// The job's id.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.job.id
    }

    /// The stored name of the job.
    #[must_use]
    pub fn job_name(&self) -> &'static str {
        self.definition.name
    }

    /// The queue.
    #[must_use]
    pub fn queue(&self) -> &str {
        &self.job.queue
    }

    /// The priority.
    #[must_use]
    pub fn priority(&self) -> i16 {
        self.job.priority
    }

    /// The labels.
    #[must_use]
    pub fn tags(&self) -> &[Cow<'static, str>] {
        &self.job.tags
    }

    /// The arguments as they will be stored: one JSON object.
    #[must_use]
    pub fn args(&self) -> &str {
        &self.job.args
    }

    /// Sends it to another queue.
    pub fn set_queue(&mut self, queue: Queue) {
        self.change(|job| job.queue = Cow::Borrowed(queue.name()));
    }

    /// Gives it another priority.
    pub fn set_priority(&mut self, priority: i16) {
        self.change(|job| job.priority = priority);
    }

    /// Lets it wait.
    pub fn set_wait(&mut self, wait: Duration) {
        self.change(|job| job.run_at = RunAt::In(wait));
    }

    /// The trace that it will carry.
    ///
    /// ```
    /// # fn show(job: &jobs::EnqueueInfo) {
    /// println!("{:?}", job.trace_context());
    /// # }
    /// ```
    #[must_use]
    pub fn trace_context(&self) -> Option<&TraceContext> {
        self.job.trace.as_deref()
    }

    /// Gives it another trace to carry, or none.
    ///
    /// ```
    /// # fn show(job: &mut jobs::EnqueueInfo) {
    /// job.set_trace_context(None);
    /// # }
    /// ```
    pub fn set_trace_context(&mut self, trace: Option<TraceContext>) {
        self.change(|job| job.trace = trace.clone().map(Box::new));
    }

    /// Adds a label.
    pub fn add_tag(&mut self, tag: impl Into<Cow<'static, str>>) {
        let tag = tag.into();
        self.change(|job| job.tags.push(tag.clone()));
    }
}

/// The rest of an enqueue, inside an `around_enqueue` hook.
///
/// ```
/// use jobs::{EnqueueInfo, NextEnqueue};
///
/// async fn logged(job: &mut EnqueueInfo, next: NextEnqueue<'_>) -> Result<(), jobs::Error> {
///     let stored = next.run().await;
///     println!("{} into {}: {}", job.job_name(), job.queue(), stored.is_ok());
///     stored
/// }
/// # let _ = logged;
/// ```
pub struct NextEnqueue<'a> {
    pub(crate) inner: BoxFuture<'a, Result<(), Error>>,
}

impl std::fmt::Debug for NextEnqueue<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NextEnqueue")
    }
}

impl NextEnqueue<'_> {
    /// Runs the inner hooks and stores the job, with the changes made to it so far.
    ///
    /// # Errors
    /// What an inner hook or the storage says.
    pub async fn run(self) -> Result<(), Error> {
        self.inner.await
    }
}
