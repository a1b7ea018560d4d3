//! The parts of the shop, put together.

use std::{path::PathBuf, sync::Arc, time::Duration};

use jobs::{DeadLetter, Jobs, WorkerHandle};

use crate::{
    bank,
    import::Pace,
    mail::{Mail, Outbox, TellOfDeath},
    payments::Bank,
    store::{Backend, Store},
};

/// What can be said from outside, by the environment.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `DATABASE_URL`; a file `shop.db` unless said.
    pub database: String,
    /// `SHOP_ADDRESS`; `127.0.0.1:3000` unless said.
    pub address: String,
    /// `SHOP_OUTBOX`: the folder of mails.
    pub outbox: PathBuf,
    /// `DASHBOARD_PASSWORD`; made up and printed unless said.
    pub password: Option<String>,
    /// `BANK_URL`; one that the shop starts itself unless said.
    pub bank: Option<String>,
    /// `IMPORT_PAUSE_MS` after each page of an import.
    pub pace: Pace,
}

impl Settings {
    /// From the environment.
    #[must_use]
    pub fn from_env() -> Self {
        let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let or = |name: &str, default: &str| read(name).unwrap_or_else(|| default.to_owned());
        let pause = read("IMPORT_PAUSE_MS").and_then(|text| text.parse().ok());
        Self {
            database: or("DATABASE_URL", "sqlite://shop.db"),
            address: or("SHOP_ADDRESS", "127.0.0.1:3000"),
            outbox: or("SHOP_OUTBOX", "out/shop").into(),
            password: read("DASHBOARD_PASSWORD"),
            bank: read("BANK_URL"),
            pace: Pace(Duration::from_millis(pause.unwrap_or(200))),
        }
    }
}

/// A shop whose worker runs.
#[derive(Debug)]
pub struct Shop {
    /// Its tables.
    pub store: Store,
    /// Ends with [`Shop::stop`].
    worker: WorkerHandle,
}

impl Shop {
    /// Connects, and starts the bank (unless there is one) and a worker.
    ///
    /// # Errors
    /// The database cannot be reached, or there is no port for the bank.
    pub async fn start(settings: &Settings) -> anyhow::Result<Self> {
        let backend = match settings.database.starts_with("postgres") {
            true => Backend::Postgres,
            false => Backend::Sqlite,
        };
        let bank = match &settings.bank {
            Some(url) => url.clone(),
            None => format!("http://{}", bank::start(bank::Account::default()).await?),
        };
        let jobs = Jobs::builder(&settings.database)
            .state(Bank::at(bank, Duration::from_secs(2)))
            .state(settings.pace)
            .state_dyn::<dyn Mail>(Arc::new(Outbox(settings.outbox.clone())))
            .on_dead(tell)
            .connect()
            .await?;
        jobs.install()?;
        let store = Store::open(&jobs, backend).await?;
        let worker = jobs
            .worker()
            .concurrency(8)
            .state(store.clone())
            .start()
            .await?;
        Ok(Self { store, worker })
    }

    /// Lets running jobs finish.
    ///
    /// # Errors
    /// The database fails.
    pub async fn stop(self) -> jobs::Result<()> {
        self.worker.stop().await
    }
}

/// A mail for each dead letter, but not for one of such a mail.
async fn tell(letter: DeadLetter) {
    if letter.name == "TellOfDeath" {
        return;
    }
    let mail = TellOfDeath::perform_later(letter.name.as_str(), letter.error.message());
    if let Err(error) = mail.await {
        tracing::error!(%error, "nobody was told of a dead letter");
    }
}
