//! What can be said before a handle connects.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use super::{
    AfterDiscard, AfterEnqueue, AfterPerform, AnyPool, AroundEnqueue, AroundPerform, BeforeEnqueue,
    BeforePerform, HandleHooks, Io, Limits,
};
use crate::{
    clock::Clock, dead_letters::DeadLetter, definition::JobDef, error::Result, job::Job,
    states::Added, storage::StorageOptions, transition::Keep,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Where the database is.
pub(super) enum Place {
    Url(String),
    Pool(AnyPool),
    /// One that is open already.
    #[cfg(feature = "testing")]
    Open(Arc<dyn crate::storage::Storage>),
    /// Where the file of settings says.
    #[cfg(feature = "config")]
    Config,
}

impl fmt::Debug for Place {
    /// A URL may hold a password, and so may a pool.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => {
                let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
                write!(f, "{scheme}:…")
            }
            Self::Pool(_) => f.write_str("a pool"),
            #[cfg(feature = "testing")]
            Self::Open(storage) => storage.fmt(f),
            #[cfg(feature = "config")]
            Self::Config => f.write_str("where the file says"),
        }
    }
}

/// Builds a [`Jobs`](crate::Jobs) handle; await it or call [`connect`](Self::connect).
///
/// | setting | default |
/// |---|---|
/// | `schema` (Postgres) | `jobs` |
/// | `table_prefix` (SQLite) | `jobs_` |
/// | `migrate` | `true` |
/// | `retain` | 1 day |
/// | `retain_dead` | 90 days |
/// | `max_args_bytes`, `max_output_bytes` | 1 MiB |
///
/// ```
/// # use std::time::Duration;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> jobs::Result<()> {
/// let day = Duration::from_secs(24 * 60 * 60);
/// let jobs = jobs::Jobs::builder("sqlite::memory:")
///     .state(String::from("for `#[state] greeting: &String`"))
///     .table_prefix("background_")
///     .migrate(true)
///     .retain(7 * day)
///     .retain_dead(365 * day)
///     .max_args_bytes(64 * 1024)
///     .max_output_bytes(16 * 1024)
///     .connect()
///     .await?;
/// # jobs.close().await;
/// # Ok(()) }
/// ```
///
/// On Postgres, behind a pooler:
///
/// ```
/// let builder = jobs::Jobs::builder("postgres://app@pooler:6432/app")
///     .schema("background")
///     .pgbouncer(true)
///     .listen_url("postgres://app@database:5432/app");
/// # drop(builder);
/// ```
#[must_use = "a builder connects when it is awaited"]
#[derive(Debug)]
pub struct JobsBuilder {
    pub(super) place: Place,
    pub(super) options: StorageOptions,
    pub(super) states: Added,
    pub(super) hooks: HandleHooks,
    pub(super) added: Vec<&'static JobDef>,
    pub(super) limits: Limits,
    pub(super) keep: Keep,
    #[cfg(feature = "config")]
    pub(super) config: Option<Result<crate::config::Draft>>,
    pub(super) clock: Clock,
    #[cfg(feature = "testing")]
    pub(super) kit: Option<Arc<crate::testing::Kit>>,
}

impl JobsBuilder {
    pub(super) fn new(place: Place) -> Self {
        Self {
            place,
            options: StorageOptions::default(),
            states: Added::default(),
            hooks: HandleHooks::default(),
            added: Vec::new(),
            limits: Limits {
                args: 1 << 20,
                output: 1 << 20,
                tag: 100,
                tags: 16,
            },
            keep: Keep {
                finished: DAY,
                dead: 90 * DAY,
            },
            #[cfg(feature = "config")]
            config: None,
            clock: Clock::System,
            #[cfg(feature = "testing")]
            kit: None,
        }
    }

    /// A value for jobs that take `#[state] _: &T`.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.states.put(Arc::new(value));
        self
    }

    /// A value for jobs that take `#[state] _: &dyn Trait`.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// trait Mail: Send + Sync {}
    /// struct Smtp;
    /// impl Mail for Smtp {}
    /// let builder = jobs::Jobs::builder("sqlite::memory:").state_dyn::<dyn Mail>(Arc::new(Smtp));
    /// # drop(builder);
    /// ```
    pub fn state_dyn<T: ?Sized + Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.states.put(value);
        self
    }

    /// The Postgres schema that holds the tables; created if it is not there.
    pub fn schema(mut self, name: &str) -> Self {
        name.clone_into(&mut self.options.schema);
        self
    }

    /// What the names of SQLite tables begin with.
    pub fn table_prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.options.table_prefix);
        self
    }

    /// `false` checks the schema's version instead of migrating.
    pub fn migrate(mut self, migrate: bool) -> Self {
        self.options.migrate = migrate;
        self
    }

    /// A direct Postgres connection for LISTEN, where the main URL goes through a pooler.
    pub fn listen_url(mut self, url: &str) -> Self {
        self.options.listen_url = Some(url.to_owned());
        self
    }

    /// Says whether a PgBouncer in transaction mode stands between; found out by default.
    pub fn pgbouncer(mut self, stands_between: bool) -> Self {
        self.options.pgbouncer = Some(stands_between);
        self
    }

    /// How many `#[tx]` jobs run at once on Postgres, each on a connection of its own; 4 by default. On SQLite one runs
    /// at a time.
    ///
    /// ```
    /// # async fn doc() -> jobs::Result<()> {
    /// let jobs = jobs::Jobs::builder("postgres://app@localhost/app").tx_connections(8).connect().await?;
    /// # drop(jobs); Ok(()) }
    /// ```
    pub fn tx_connections(mut self, connections: u32) -> Self {
        self.options.tx_connections = connections.max(1);
        self
    }

    /// How long records of finished jobs stay, for jobs that do not say.
    pub fn retain(mut self, time: Duration) -> Self {
        self.keep.finished = time;
        self
    }

    /// How long dead letters stay.
    pub fn retain_dead(mut self, time: Duration) -> Self {
        self.keep.dead = time;
        self
    }

    /// The largest payload, in bytes of JSON, that an enqueue takes.
    pub fn max_args_bytes(mut self, bytes: usize) -> Self {
        self.limits.args = bytes;
        self
    }

    /// The largest output, in bytes of JSON, that is stored; a larger one fails the job.
    pub fn max_output_bytes(mut self, bytes: usize) -> Self {
        self.limits.output = bytes;
        self
    }

    /// Registers a job by hand, where linking does not (some wasm and static builds).
    ///
    /// ```
    /// use jobs::job;
    /// # jobs::queues! { default }
    ///
    /// #[job]
    /// async fn tidy() {}
    ///
    /// # fn main() {
    /// let builder = jobs::Jobs::builder("sqlite::memory:").register::<Tidy>();
    /// # drop(builder);
    /// # }
    /// ```
    pub fn register<J: Job>(mut self) -> Self {
        self.added.push(J::__definition());
        self
    }

    /// Runs before each execution, outside of what bases and jobs declare; an error goes through the job's rules.
    ///
    /// ```
    /// use jobs::{BoxError, JobContext};
    ///
    /// async fn open(ctx: &JobContext) -> Result<(), BoxError> {
    ///     if ctx.queue() == "closed" { Err("no job of this queue runs".into()) } else { Ok(()) }
    /// }
    ///
    /// let builder = jobs::Jobs::builder("sqlite::memory:").before_perform(open);
    /// # drop(builder);
    /// ```
    pub fn before_perform<F: for<'a> BeforePerform<'a> + 'static>(mut self, hook: F) -> Self {
        self.hooks.before_perform.push(Arc::new(hook));
        self
    }

    /// Runs around each execution.
    ///
    /// ```
    /// use jobs::{JobContext, Next};
    /// let builder = jobs::Jobs::builder("sqlite::memory:").around_perform(async |ctx: &JobContext, next: Next<'_>| {
    ///     let outcome = next.run().await;
    ///     println!("{} took {:?}", ctx.job_name(), outcome.took());
    ///     outcome
    /// });
    /// # drop(builder);
    /// ```
    pub fn around_perform<F: for<'a> AroundPerform<'a> + 'static>(mut self, hook: F) -> Self {
        self.hooks.around_perform.push(Arc::new(hook));
        self
    }

    /// Runs after each execution.
    ///
    /// ```
    /// use jobs::{JobContext, Outcome};
    ///
    /// async fn count(ctx: &JobContext, outcome: &Outcome) {
    ///     println!("{}: {}", ctx.job_name(), if outcome.is_ok() { "ok" } else { "failed" });
    /// }
    ///
    /// let builder = jobs::Jobs::builder("sqlite::memory:").after_perform(count);
    /// # drop(builder);
    /// ```
    pub fn after_perform<F: for<'a> AfterPerform<'a> + 'static>(mut self, hook: F) -> Self {
        self.hooks.after_perform.push(Arc::new(hook));
        self
    }

    /// Runs before each enqueue, and can halt it.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use jobs::{EnqueueInfo, Halt};
    ///
    /// async fn open(job: &mut EnqueueInfo) -> ControlFlow<Halt> {
    ///     if job.queue() == "closed" {
    ///         return ControlFlow::Break(Halt::because("this queue is closed"));
    ///     }
    ///     ControlFlow::Continue(())
    /// }
    ///
    /// let builder = jobs::Jobs::builder("sqlite::memory:").before_enqueue(open);
    /// # drop(builder);
    /// ```
    pub fn before_enqueue<F: for<'a> BeforeEnqueue<'a> + 'static>(mut self, hook: F) -> Self {
        self.hooks
            .before_enqueue
            .push((short_name::<F>(), Arc::new(hook)));
        self
    }

    /// Runs around each enqueue.
    ///
    /// ```
    /// use jobs::{EnqueueInfo, Error, NextEnqueue};
    ///
    /// async fn timed(job: &mut EnqueueInfo, next: NextEnqueue<'_>) -> Result<(), Error> {
    ///     let began = std::time::Instant::now();
    ///     let stored = next.run().await;
    ///     println!("{} took {:?}", job.job_name(), began.elapsed());
    ///     stored
    /// }
    ///
    /// let builder = jobs::Jobs::builder("sqlite::memory:").around_enqueue(timed);
    /// # drop(builder);
    /// ```
    pub fn around_enqueue<F: for<'a> AroundEnqueue<'a> + 'static>(mut self, hook: F) -> Self {
        self.hooks
            .around_enqueue
            .push((short_name::<F>(), Arc::new(hook)));
        self
    }

    /// Runs after each enqueue.
    ///
    /// ```
    /// use jobs::{EnqueueInfo};
    ///
    /// async fn count(job: &EnqueueInfo) {
    ///     println!("one more {}", job.job_name());
    /// }
    ///
    /// let builder = jobs::Jobs::builder("sqlite::memory:").after_enqueue(count);
    /// # drop(builder);
    /// ```
    pub fn after_enqueue<F: for<'a> AfterEnqueue<'a> + 'static>(mut self, hook: F) -> Self {
        self.hooks.after_enqueue.push(Arc::new(hook));
        self
    }

    /// Runs when a job ended without success: discarded or dead.
    ///
    /// ```
    /// use jobs::{JobContext, JobError};
    ///
    /// async fn report(ctx: &JobContext, error: &JobError) {
    ///     eprintln!("{} {} was given up: {}", ctx.job_name(), ctx.id(), error.message());
    /// }
    ///
    /// let builder = jobs::Jobs::builder("sqlite::memory:").after_discard(report);
    /// # drop(builder);
    /// ```
    pub fn after_discard<F: for<'a> AfterDiscard<'a> + 'static>(mut self, hook: F) -> Self {
        self.hooks.after_discard.push(Arc::new(hook));
        self
    }

    /// Runs when a dead letter was stored.
    ///
    /// ```
    /// let builder = jobs::Jobs::builder("sqlite::memory:").on_dead(|letter: jobs::DeadLetter| async move {
    ///     eprintln!("{} is dead: {}", letter.name, letter.error.message());
    /// });
    /// # drop(builder);
    /// ```
    pub fn on_dead<F, Fut>(mut self, hook: F) -> Self
    where
        F: Fn(DeadLetter) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        self.hooks
            .on_dead
            .push(Arc::new(move |letter| Box::pin(hook(letter))));
        self
    }

    #[cfg(feature = "testing")]
    pub(crate) fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The handle of a test: watched by its kit, and on the threads that all tests share.
    #[cfg(feature = "testing")]
    pub(crate) fn kit(mut self, kit: &Arc<crate::testing::Kit>) -> Self {
        self.clock = kit.clock.clone();
        self.kit = Some(Arc::clone(kit));
        self
    }

    /// The handle of a simulated process: on the caller's runtime, so that nothing runs beside its tasks.
    #[cfg(feature = "testing")]
    pub(crate) fn simulated(storage: Arc<dyn crate::storage::Storage>, clock: Clock) -> Self {
        Self {
            clock,
            ..Self::new(Place::Open(storage))
        }
    }

    /// Its own threads, or those that tests share.
    pub(super) fn io(&self) -> Result<Io> {
        #[cfg(feature = "testing")]
        if self.kit.is_some() {
            return Io::shared();
        }
        #[cfg(feature = "testing")]
        if matches!(self.place, Place::Open(_)) {
            return Ok(Io::here());
        }
        Io::start()
    }
}

/// The last part of a hook's path: `only_weekdays` for `app::hooks::only_weekdays`.
fn short_name<F>() -> &'static str {
    let name = std::any::type_name::<F>();
    name.rsplit("::")
        .find(|part| !part.starts_with('{'))
        .unwrap_or(name)
}
