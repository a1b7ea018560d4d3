//! From a builder to a handle: what runs for as long as the handle lives is started here.

use std::{future::IntoFuture, sync::Arc};

use futures_core::future::BoxFuture;

use super::{
    Inner, Jobs, JobsBuilder, Openings, Store, Wakes,
    builder::Place,
    inserts::Inserts,
    io::not_returned,
    settings::{Live, Settings},
};
use crate::{
    combine::Combiner,
    error::{Error, Result},
    registry::Registry,
    states::States,
    storage,
};

impl JobsBuilder {
    /// Connects; awaiting the builder does the same.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> jobs::Result<()> {
    /// let jobs = jobs::Jobs::builder("sqlite::memory:").connect().await?;
    /// # drop(jobs);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Jobs::connect`] says.
    pub async fn connect(self) -> Result<Jobs> {
        let registry = Registry::collect(&self.added)?;
        #[cfg(feature = "config")]
        let (this, settings) = self.configured(&registry)?;
        #[cfg(not(feature = "config"))]
        let (settings, this) = (Settings::of_code(self.keep), self);
        this.open(registry, settings).await
    }

    async fn open(self, registry: Registry, settings: Settings) -> Result<Jobs> {
        let mut io = self.io()?;
        let runtime = io.handle().ok_or(Error::Closed)?.clone();
        let (place, options) = (self.place, self.options);
        let opened = runtime.spawn(async move {
            let storage = match place {
                Place::Url(url) => storage::open(&url, options).await?,
                Place::Pool(pool) => storage::adopt(pool, options).await?,
                #[cfg(feature = "testing")]
                Place::Open(storage) => storage,
                // Replaced by the file's, or refused.
                #[cfg(feature = "config")]
                Place::Config => return Err(Error::Closed),
            };
            let kinds = storage.declare(registry.declarations()).await?;
            Ok::<_, Error>((storage, registry.numbered(&kinds)?))
        });
        let (storage, registry) = opened.await.map_err(not_returned)??;
        let wakes = Wakes::new();
        io.spawn(wakes.clone().announce(Arc::clone(&storage)));
        io.spawn(wakes.clone().look_after_others());
        let openings = Openings::default();
        let writes = Inserts {
            storage: Arc::clone(&storage),
            clock: self.clock.clone(),
            wakes: wakes.clone(),
            openings: openings.clone(),
        };
        let insert = writes.clone().batches();
        let inserts = Arc::new(Combiner::start(&runtime, writes.singles()));
        let insert_keyed = crate::enqueue::keyed::lane(Arc::clone(&insert));
        let flush = Arc::clone(&insert_keyed);
        let keyed = Arc::new(Combiner::start(&runtime, move |jobs, repeated| {
            flush(jobs, repeated)
        }));
        let inner = Inner {
            _io: io.ends(&storage),
            store: Store::new(storage, runtime),
            registry,
            states: States::default().with(self.states),
            hooks: self.hooks,
            limits: self.limits,
            live: Live::new(settings),
            pulse: super::pulse::Pulse::default(),
            clock: self.clock,
            wakes,
            openings,
            insert,
            inserts,
            insert_keyed,
            keyed,
            #[cfg(feature = "testing")]
            kit: self.kit,
        };
        let jobs = Jobs {
            inner: Arc::new(inner),
        };
        // So that tasks of code that no worker runs yet can be seen and paused.
        #[cfg(feature = "cron")]
        crate::recurring::declare(&jobs, None, false).await?;
        Ok(jobs)
    }
}

impl IntoFuture for JobsBuilder {
    type Output = Result<Jobs>;
    type IntoFuture = BoxFuture<'static, Result<Jobs>>;
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.connect())
    }
}
