//! What can be said before a handle connects.

use std::{
    future::{Future, IntoFuture},
    sync::Arc,
    time::Duration,
};

use futures_core::future::BoxFuture;

use super::{
    AfterDiscard, AfterEnqueue, AfterPerform, AnyPool, AroundEnqueue, AroundPerform, BeforeEnqueue,
    BeforePerform, HandleHooks, Inner, InsertBatch, Io, Jobs, Limits, Store, Wakes,
};
use crate::{
    clock::Clock,
    combine::{Combiner, Repeated},
    dead_letters::DeadLetter,
    definition::JobDef,
    error::{Error, Result},
    job::Job,
    registry::Registry,
    states::{Added, States},
    storage::{self, Inserted, Storage, StorageOptions},
    transition::Keep,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Where the database is.
#[derive(Debug)]
pub(super) enum Place {
    Url(String),
    Pool(AnyPool),
}

/// Builds a [`Jobs`] handle; await it or call [`connect`](Self::connect).
///
/// | setting | default |
/// |---|---|
/// | `schema` (Postgres) | `jobs` |
/// | `table_prefix` (SQLite) | `jobs_` |
/// | `migrate` | `true` |
/// | `retain` | 1 day |
/// | `retain_dead` | 90 days |
/// | `max_args_bytes`, `max_output_bytes` | 1 MiB |
#[must_use = "a builder connects when it is awaited"]
#[derive(Debug)]
pub struct JobsBuilder {
    place: Place,
    options: StorageOptions,
    states: Added,
    hooks: HandleHooks,
    added: Vec<&'static JobDef>,
    limits: Limits,
    keep: Keep,
    clock: Clock,
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
            clock: Clock::System,
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
    pub fn register<J: Job>(mut self) -> Self {
        self.added.push(J::__definition());
        self
    }

    /// Runs before each execution, outside of what bases and jobs declare; an error goes through the job's rules.
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
    pub fn after_perform<F: for<'a> AfterPerform<'a> + 'static>(mut self, hook: F) -> Self {
        self.hooks.after_perform.push(Arc::new(hook));
        self
    }

    /// Runs before each enqueue, and can halt it.
    pub fn before_enqueue<F: for<'a> BeforeEnqueue<'a> + 'static>(mut self, hook: F) -> Self {
        self.hooks
            .before_enqueue
            .push((short_name::<F>(), Arc::new(hook)));
        self
    }

    /// Runs around each enqueue.
    pub fn around_enqueue<F: for<'a> AroundEnqueue<'a> + 'static>(mut self, hook: F) -> Self {
        self.hooks.around_enqueue.push(Arc::new(hook));
        self
    }

    /// Runs after each enqueue.
    pub fn after_enqueue<F: for<'a> AfterEnqueue<'a> + 'static>(mut self, hook: F) -> Self {
        self.hooks.after_enqueue.push(Arc::new(hook));
        self
    }

    /// Runs when a job ended without success: discarded or dead.
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

    /// Connects.
    ///
    /// # Errors
    /// As [`Jobs::connect`] says.
    pub async fn connect(self) -> Result<Jobs> {
        let registry = Registry::collect(&self.added)?;
        let io = Io::start()?;
        let runtime = io.handle().ok_or(Error::Closed)?.clone();
        let (place, options) = (self.place, self.options);
        let opened = runtime.spawn(async move {
            let storage = match place {
                Place::Url(url) => storage::open(&url, options).await?,
                Place::Pool(pool) => storage::adopt(pool, options).await?,
            };
            let kinds = storage.declare(registry.declarations()).await?;
            Ok::<_, Error>((storage, registry.numbered(&kinds)?))
        });
        let (storage, registry) = opened.await.map_err(|_| Error::Closed)??;
        let wakes = Wakes::new();
        runtime.spawn(wakes.clone().announce(Arc::clone(&storage)));
        let insert = insert(Arc::clone(&storage), self.clock.clone());
        let flush = Arc::clone(&insert);
        let inserts = Arc::new(Combiner::start(&runtime, move |jobs, repeated| {
            flush(jobs, repeated)
        }));
        let insert_keyed = crate::enqueue::keyed::lane(Arc::clone(&insert));
        let flush = Arc::clone(&insert_keyed);
        let keyed = Arc::new(Combiner::start(&runtime, move |jobs, repeated| {
            flush(jobs, repeated)
        }));
        let inner = Inner {
            store: Store::new(storage, runtime),
            registry,
            states: States::default().with(self.states),
            hooks: self.hooks,
            limits: self.limits,
            keep: self.keep,
            clock: self.clock,
            wakes,
            insert,
            inserts,
            insert_keyed,
            keyed,
            _io: io,
        };
        Ok(Jobs {
            inner: Arc::new(inner),
        })
    }
}

impl IntoFuture for JobsBuilder {
    type Output = Result<Jobs>;
    type IntoFuture = BoxFuture<'static, Result<Jobs>>;
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.connect())
    }
}

/// The last part of a hook's path: `only_weekdays` for `app::hooks::only_weekdays`.
fn short_name<F>() -> &'static str {
    let name = std::any::type_name::<F>();
    name.rsplit("::")
        .find(|part| !part.starts_with('{'))
        .unwrap_or(name)
}

/// Inserts a batch; after a lost answer it is safe to do so again.
fn insert(storage: Arc<dyn Storage>, clock: Clock) -> InsertBatch {
    Arc::new(move |mut jobs, Repeated(repeated)| {
        let storage = Arc::clone(&storage);
        let now = clock.now();
        Box::pin(async move {
            let chosen: Vec<bool> = jobs.iter().map(|job| job.may_exist).collect();
            if repeated {
                jobs.iter_mut().for_each(|job| job.may_exist = true);
            }
            let mut inserted = storage.insert(jobs, now).await?;
            // An id that nobody chose can only be there because an earlier try's answer was lost.
            for (inserted, chosen) in inserted.iter_mut().zip(chosen) {
                if !chosen && matches!(inserted, Inserted::Exists(_)) {
                    *inserted = Inserted::New;
                }
            }
            Ok(inserted)
        })
    })
}
