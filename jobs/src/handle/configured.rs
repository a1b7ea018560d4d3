//! Handles whose settings come from a file, and what becomes of them when the file changes.

use std::path::Path;

use super::{Jobs, JobsBuilder, builder::Place, settings::Settings};
use crate::{
    config::{Config, Draft},
    error::Result,
    registry::Registry,
    worker::PoolSpec,
};

impl Jobs {
    /// Connects as a file of settings says. Await it, or add what only code can give: state, hooks.
    ///
    /// The variable `JOBS_ENV` names the environment whose settings hold. When it connects, everything that is wrong in
    /// the file is told at once, queues, jobs and arguments that this program does not have among it.
    ///
    /// ```no_run
    /// # use jobs::Jobs;
    /// # async fn doc() -> jobs::Result<()> {
    /// let jobs = Jobs::from_config("jobs.toml").await?;
    /// jobs.install()?;
    /// jobs.worker().run().await // with the file's pools; SIGHUP reads it again
    /// # }
    /// ```
    pub fn from_config(path: impl AsRef<Path>) -> JobsBuilder {
        let mut builder = JobsBuilder::new(Place::Config);
        builder.config = Some(Draft::load(path.as_ref(), None));
        builder
    }

    /// Takes other settings at once, for all workers of this handle: pools, poll intervals, the dispatcher, recurring
    /// tasks, retention. Pools that are gone let their running jobs finish. What only a new handle or worker can have
    /// (the database, limits, lease, timeouts) stays, and the log says so.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> jobs::Result<()> {
    /// # let jobs = jobs::Jobs::connect("sqlite::memory:").await?;
    /// jobs.reload(jobs::Config::parse("[pools.main]\nconcurrency = 20")?)?;
    /// assert!(jobs.config().is_some());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`](crate::Error::Config): it names queues, jobs or arguments that this program does not have. The old settings stay.
    pub fn reload(&self, config: Config) -> Result<()> {
        let inner = self.inner();
        config.check_against(&inner.registry)?;
        let old = inner.live.get();
        if let Some(old) = &old.config {
            let fixed = old.fixed_differences(&config);
            if !fixed.is_empty() {
                tracing::warn!(
                    settings = fixed.join(", "),
                    "these settings have changed and hold from the next start on"
                );
            }
        }
        let settings = Settings::of_code(old.keep_in_code);
        inner.live.put(settings.with(config, &inner.registry));
        Ok(())
    }

    /// The settings from a file that hold now; `None` if there are none.
    #[must_use]
    pub fn config(&self) -> Option<Config> {
        self.inner().live.get().config.clone()
    }

    /// What SIGHUP means: the file is read again, and a bad one is refused.
    pub(crate) fn reload_file(&self) {
        let Some(config) = self.config() else {
            tracing::warn!("there is no file of settings to read again");
            return;
        };
        let read = config
            .reread()
            .and_then(|draft| draft.checked(&self.inner().registry))
            .and_then(|config| self.reload(config));
        match read {
            Ok(()) => tracing::info!(?config, "the settings were read again"),
            Err(error) => {
                tracing::error!(%error, "the settings could not be read again; the old ones stay");
            }
        }
    }
}

impl Config {
    /// A builder of a handle with these settings, on the file's database.
    pub fn builder(self) -> JobsBuilder {
        JobsBuilder::new(Place::Config).config(self)
    }
}

impl JobsBuilder {
    /// Takes settings from a file. They hold over what is said on the builder and on workers; its database is used
    /// unless this builder has an application's pool.
    ///
    /// ```
    /// # fn main() -> jobs::Result<()> {
    /// let config = jobs::Config::parse("[retention]\nfinished = \"7d\"")?;
    /// let builder = jobs::Jobs::builder("sqlite::memory:").config(config);
    /// # drop(builder);
    /// # Ok(()) }
    /// ```
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(Ok(config.into()));
        self
    }

    /// Checks the file, and puts what it says over what code says.
    pub(super) fn configured(mut self, registry: &Registry) -> Result<(Self, Settings)> {
        let settings = Settings::of_code(self.keep);
        let Some(draft) = self.config.take() else {
            return Ok((self, settings));
        };
        let config = draft?.checked(registry)?;
        let parts = config.parts();
        let database = parts.database.clone();
        match (&self.place, database.url) {
            #[cfg(feature = "testing")]
            (Place::Open(_), _) => {}
            (Place::Pool(_), _) | (Place::Url(_), None) => {}
            (_, Some(url)) => self.place = Place::Url(url),
            (Place::Config, None) => return Err(config.without_database()),
        }
        let options = &mut self.options;
        options.schema = database.schema.unwrap_or_else(|| options.schema.clone());
        options.table_prefix = database
            .table_prefix
            .unwrap_or_else(|| options.table_prefix.clone());
        options.migrate = database.migrate.unwrap_or(options.migrate);
        options.listen_url = database.listen_url.or_else(|| options.listen_url.take());
        options.pgbouncer = database.pgbouncer.or(options.pgbouncer);
        let limits = parts.limits;
        self.limits.args = limits.max_args_bytes.unwrap_or(self.limits.args);
        self.limits.output = limits.max_output_bytes.unwrap_or(self.limits.output);
        Ok((self, settings.with(config, registry)))
    }
}

impl Settings {
    /// A file's settings over these.
    fn with(mut self, config: Config, registry: &Registry) -> Self {
        let parts = config.parts();
        let (retention, dispatcher, worker) = (parts.retention, parts.dispatcher, parts.worker);
        self.keep.finished = retention.finished.unwrap_or(self.keep.finished);
        self.keep.dead = retention.dead.unwrap_or(self.keep.dead);
        self.poll = worker.poll_interval;
        self.due_batch = dispatcher.batch_size.unwrap_or(self.due_batch);
        self.due_poll = dispatcher.poll_interval.unwrap_or(self.due_poll);
        self.shutdown_timeout = worker.shutdown_timeout;
        self.lease = worker.lease;
        self.max_crashes = worker.max_crashes;
        let pools = parts.pools.iter().zip(parts.filled(registry));
        let pools: Vec<_> = pools
            .map(|(pool, filled)| PoolSpec {
                name: pool.name.clone(),
                queues: filled.queues,
                weighted: filled.weighted,
                concurrency: pool.concurrency,
            })
            .collect();
        self.pools = (!pools.is_empty()).then_some(pools);
        self.config = Some(config);
        self
    }
}
