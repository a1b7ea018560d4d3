//! What a running job knows of itself, and the ends it can choose.

mod stop;

use std::{
    any::Any,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

pub(crate) use stop::Stop;

use crate::{
    enqueue::{TxGuard, TxParam},
    failure::{Dead, Discard, RetryIn, Unready, cut},
    flow::{Flow, Journal},
    payload::ArgsReader,
    record::{JobId, Progress},
    states::States,
    storage::JobTransaction,
    trace::TraceContext,
};

/// The longest message of a progress that is kept, in bytes.
const LONGEST_MESSAGE: usize = 1_024;

/// The running job, for parameters marked `#[ctx]` and for hooks.
///
/// ```
/// use jobs::{JobContext, job};
///
/// #[job]
/// async fn import(rows: u64, #[ctx] ctx: &JobContext) {
///     for done in 0..rows {
///         if ctx.is_cancelled() {
///             return;
///         }
///         ctx.progress(done, rows, "importing");
///     }
/// }
///
/// #[job]
/// async fn pay(invoice: u64, #[ctx] ctx: &JobContext) {
///     println!("{} {} from {}, attempt {}", ctx.job_name(), ctx.id(), ctx.queue(), ctx.attempt());
///     println!("enqueued {}, due {}, tagged {:?}", ctx.enqueued_at(), ctx.scheduled_at(), ctx.tags());
///     println!("POST /payments/{invoice} Idempotency-Key: {}", ctx.idempotency_key());
///     println!("UPDATE invoices SET fence = {0} WHERE fence < {0}", ctx.fence());
/// }
/// # jobs::queues! { default }
/// # fn main() {}
/// ```
pub struct JobContext {
    inner: Arc<Inner>,
}

struct Inner {
    facts: Facts,
    cancelled: watch::Sender<bool>,
    progress: watch::Sender<Option<Progress>>,
    end: Mutex<Option<Stop>>,
    ended: Notify,
    journal: Journal,
    transaction: Mutex<Option<JobTransaction>>,
}

/// What is fixed while one execution lasts.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) id: JobId,
    pub(crate) name: &'static str,
    pub(crate) queue: String,
    pub(crate) attempt: u32,
    pub(crate) enqueued_at: DateTime<Utc>,
    pub(crate) scheduled_at: DateTime<Utc>,
    pub(crate) tags: Vec<String>,
    pub(crate) fence: i64,
    pub(crate) batch: Option<Uuid>,
    pub(crate) trace: Option<TraceContext>,
}

/// An end that the job chose itself.
///
/// ```
/// # fn show(error: jobs::NowError<String>) {
/// if let jobs::NowError::Ended(jobs::EndNow::RetryIn(wait)) = error {
///     println!("would run again in {:?}", wait.0);
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndNow {
    /// [`RetryIn`].
    RetryIn(RetryIn),
    /// [`Discard`](struct@Discard).
    Discard(Discard),
    /// [`Dead`](struct@Dead).
    Dead(Dead),
}

impl JobContext {
    pub(crate) fn new(facts: Facts, journal: Journal) -> Self {
        Self {
            inner: Arc::new(Inner {
                facts,
                cancelled: watch::Sender::new(false),
                progress: watch::Sender::new(None),
                end: Mutex::new(None),
                ended: Notify::new(),
                journal,
                transaction: Mutex::new(None),
            }),
        }
    }

    /// A second handle on the same execution, for the worker that watches it.
    pub(crate) fn share(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }

    /// The job's id.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.inner.facts.id
    }

    /// The stored name of the job.
    #[must_use]
    pub fn job_name(&self) -> &'static str {
        self.inner.facts.name
    }

    /// The queue it was taken from.
    #[must_use]
    pub fn queue(&self) -> &str {
        &self.inner.facts.queue
    }

    /// 1 on the first run; a shutdown, a lost worker or a park does not change it, a manual retry restarts it.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.inner.facts.attempt
    }

    /// When it was enqueued.
    #[must_use]
    pub fn enqueued_at(&self) -> DateTime<Utc> {
        self.inner.facts.enqueued_at
    }

    /// When this execution was due.
    #[must_use]
    pub fn scheduled_at(&self) -> DateTime<Utc> {
        self.inner.facts.scheduled_at
    }

    /// Its labels.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.inner.facts.tags
    }

    /// The trace of whoever enqueued it.
    ///
    /// ```
    /// # fn show(ctx: &jobs::JobContext) {
    /// if let Some(trace) = ctx.trace_context() {
    ///     println!("traceparent: {}", trace.traceparent()); // for a request to another service
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn trace_context(&self) -> Option<&TraceContext> {
        self.inner.facts.trace.as_ref()
    }

    /// A key for other systems that is the same on every attempt.
    #[must_use]
    pub fn idempotency_key(&self) -> String {
        self.inner.facts.id.to_string()
    }

    /// Grows with every claim of this job: `UPDATE … WHERE fence < $1` keeps out a run that was superseded.
    #[must_use]
    pub fn fence(&self) -> i64 {
        self.inner.facts.fence
    }

    /// Resolves when the job should come to an end: it was cancelled, or its worker shuts down.
    ///
    /// ```
    /// use jobs::{JobContext, job};
    /// # jobs::queues! { default }
    ///
    /// #[job]
    /// async fn listen(#[ctx] ctx: &JobContext) {
    ///     tokio::select! {
    ///         () = ctx.cancelled() => println!("closing the connection"),
    ///         () = std::future::pending() => {}
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    pub async fn cancelled(&self) {
        let mut cancelled = self.inner.cancelled.subscribe();
        // The sender lives in `self`, so the wait can't fail.
        let _ = cancelled.wait_for(|is| *is).await;
    }

    /// Whether the job should come to an end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.inner.cancelled.borrow()
    }

    /// Says how far the job is. Cheap: the last word of each second or so is stored. A message of more than 1,024 bytes
    /// is cut, with a mark.
    pub fn progress(&self, done: u64, total: u64, message: impl Into<String>) {
        self.inner.progress.send_replace(Some(Progress {
            done,
            total,
            message: cut(&message.into(), LONGEST_MESSAGE),
        }));
    }

    /// Ends this execution here and runs the job again after `wait`; the attempt is counted, no failure is recorded.
    ///
    /// ```
    /// use jobs::{JobContext, job};
    /// # jobs::queues! { default }
    ///
    /// #[job]
    /// async fn poll(done: bool, #[ctx] ctx: &JobContext) {
    ///     if !done {
    ///         ctx.retry_in(std::time::Duration::from_secs(60)).await
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    pub async fn retry_in(&self, wait: Duration) -> ! {
        self.stop(Stop::Chose(EndNow::RetryIn(RetryIn(wait)))).await
    }

    /// Ends the job here as `discarded`.
    ///
    /// ```
    /// use jobs::{JobContext, job};
    /// # jobs::queues! { default }
    ///
    /// #[job]
    /// async fn greet(user: Option<String>, #[ctx] ctx: &JobContext) {
    ///     let Some(user) = user else { ctx.discard("the user is gone").await };
    ///     println!("hello {user}");
    /// }
    /// # fn main() {}
    /// ```
    pub async fn discard(&self, why: impl Into<String>) -> ! {
        self.stop(Stop::Chose(EndNow::Discard(Discard(why)))).await
    }

    /// Ends the job here as a dead letter.
    ///
    /// ```
    /// use jobs::{JobContext, job};
    /// # jobs::queues! { default }
    ///
    /// #[job]
    /// async fn refund(cents: i64, #[ctx] ctx: &JobContext) {
    ///     if cents < 0 {
    ///         ctx.dead("a refund cannot be negative").await
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    pub async fn dead(&self, why: impl Into<String>) -> ! {
        self.stop(Stop::Chose(EndNow::Dead(Dead(why)))).await
    }

    /// Ends the execution here; the first word counts.
    pub(crate) async fn stop(&self, end: Stop) -> ! {
        self.inner
            .end
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(end);
        self.inner.ended.notify_one();
        // Whoever runs the job drops this future now.
        std::future::pending().await
    }

    /// The job's checkpoints.
    pub(crate) fn journal(&self) -> &Journal {
        &self.inner.journal
    }

    /// The transaction in which the job runs, while its function does not have it.
    pub(crate) fn take_transaction(&self) -> Option<JobTransaction> {
        let transaction = &self.inner.transaction;
        transaction
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    pub(crate) fn put_transaction(&self, held: JobTransaction) {
        let transaction = &self.inner.transaction;
        *transaction.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
    }

    /// Resolves when the execution was ended from inside.
    pub(crate) async fn stopped(&self) -> Stop {
        loop {
            if let Some(end) = self
                .inner
                .end
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone()
            {
                return end;
            }
            self.inner.ended.notified().await;
        }
    }

    pub(crate) fn batch_id(&self) -> Option<Uuid> {
        self.inner.facts.batch
    }

    pub(crate) fn cancel(&self) {
        self.inner.cancelled.send_replace(true);
    }

    pub(crate) fn watch_progress(&self) -> watch::Receiver<Option<Progress>> {
        self.inner.progress.subscribe()
    }
}

impl fmt::Debug for JobContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.facts.fmt(f)
    }
}

/// All that an expansion needs to call the user's function.
#[derive(Debug)]
pub struct Invocation {
    /// For `#[ctx]`.
    pub ctx: JobContext,
    /// The arguments.
    pub args: ArgsReader,
    pub(crate) states: States,
    /// Told by its drop that the function has returned, also on a thread that nobody waits for any more.
    token: Option<Arc<dyn Any + Send + Sync>>,
}

impl Invocation {
    pub(crate) fn new(ctx: JobContext, args: ArgsReader, states: States) -> Self {
        Self {
            ctx,
            args,
            states,
            token: None,
        }
    }

    /// For `#[flow]`.
    #[must_use]
    pub fn flow(&self) -> Flow {
        Flow::new(&self.ctx)
    }

    /// For `#[tx]`.
    ///
    /// # Errors
    /// The handle is of another backend. A worker refuses to start then, so only `perform_now` meets this.
    pub fn transaction<T: TxParam>(
        &self,
        param: &'static str,
    ) -> Result<TxGuard<T::Database>, Unready> {
        TxGuard::take(&self.ctx).ok_or(Unready::Transaction {
            job: self.ctx.job_name(),
            param,
        })
    }

    /// Keeps something until the function has returned.
    pub(crate) fn keeping(mut self, token: Arc<dyn Any + Send + Sync>) -> Self {
        self.token = Some(token);
        self
    }

    /// For `#[state]`.
    ///
    /// # Errors
    /// The value was given neither to the handle nor to the worker. A worker refuses to start then, so only
    /// `perform_now` meets this.
    pub fn state<T: ?Sized + Send + Sync + 'static>(
        &self,
        param: &'static str,
    ) -> Result<&T, Unready> {
        self.states.get::<T>().ok_or(Unready::State {
            job: self.ctx.job_name(),
            param,
            type_name: std::any::type_name::<T>(),
        })
    }
}
