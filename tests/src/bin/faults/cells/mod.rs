//! The cells of the matrix, each a fault on a backend.

mod disk;
mod network;
mod postgres;
mod processes;
mod sqlite;
mod storms;

use std::{collections::HashSet, fmt, time::Duration};

use futures_util::future::LocalBoxFuture;

use crate::{
    check::{Counts, Twice, settle},
    scene::{Outcome, Process, Scene, Spec},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// What a cell found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub counts: Counts,
    /// What else is to be said, for the table.
    pub note: String,
}

/// One fault on one backend.
pub struct Cell {
    pub name: &'static str,
    pub backend: Backend,
    /// What is done.
    pub fault: &'static str,
    /// Takes a few seconds and needs nothing special: run with every `cargo test`.
    pub quick: bool,
    pub run: fn(Backend) -> LocalBoxFuture<'static, Outcome<Found>>,
}

impl Cell {
    /// Its name for `--only`.
    pub fn title(&self) -> String {
        format!("{}::{}", self.backend, self.name)
    }
}

/// Rows of a table of cells: `quick` or `full`, backends, name, function, what is done.
macro_rules! cells {
    ($($speed:ident $name:literal on $($backend:ident)+ : $run:path, $fault:literal;)*) => {
        /// The cells of this file.
        pub const CELLS: &[$crate::cells::Cell] = &[$($($crate::cells::Cell {
            name: $name,
            backend: $crate::cells::Backend::$backend,
            fault: $fault,
            quick: $crate::cells::cells!(@ $speed),
            run: |backend| Box::pin($run(backend)),
        },)+)*];
    };
    (@ quick) => { true };
    (@ full) => { false };
}
pub(crate) use cells;

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Cell> {
    [
        processes::CELLS,
        postgres::CELLS,
        network::CELLS,
        sqlite::CELLS,
        disk::CELLS,
        storms::CELLS,
    ]
    .into_iter()
    .flatten()
}

/// How long it may take until promises and ends go on after a fault is over.
pub const SOON: Duration = Duration::from_secs(20);

/// Two workers and two enqueuers that have got going.
pub struct Company {
    pub workers: Vec<Process>,
    pub enqueuers: Vec<Process>,
}

impl Company {
    pub async fn start(scene: &Scene, spec: Spec) -> Outcome<Self> {
        let mut workers = Vec::new();
        for _ in 0..2 {
            workers.push(scene.worker(spec)?);
        }
        let mut enqueuers = Vec::new();
        for _ in 0..2 {
            enqueuers.push(scene.enqueuer(2)?);
        }
        scene.goes_on(60, 40, Duration::from_secs(30)).await?;
        Ok(Self { workers, enqueuers })
    }

    /// After the fault: work goes on with the processes that there are, comes to its end, and the account is checked.
    pub async fn finish(mut self, scene: &Scene, twice: Twice) -> Outcome<Found> {
        scene.goes_on(60, 40, SOON).await?;
        self.wind_up(scene, twice).await
    }

    /// The same without asking that anything goes on.
    pub async fn wind_up(&mut self, scene: &Scene, twice: Twice) -> Outcome<Found> {
        scene.stop_enqueuing(&mut self.enqueuers).await?;
        scene.all_live(&mut self.workers)?;
        let counts = settle(scene, &twice, Duration::from_secs(40)).await?;
        scene.all_live(&mut self.workers)?;
        Ok(Found {
            counts,
            note: String::new(),
        })
    }
}

/// Runs in these processes were in doubt.
pub fn of(pids: impl IntoIterator<Item = u32>) -> Twice {
    Twice::OfProcesses(HashSet::from_iter(pids))
}
