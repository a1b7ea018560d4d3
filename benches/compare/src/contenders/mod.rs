//! Who takes part. To add one: implement [`Peer`], and add one entry to [`all`].

pub mod jobs;
pub mod limits;

use drive::Peer;

use crate::{place::Backend, workloads::Workload};

/// What a contender is in the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What the database can do by hand.
    Limit,
    /// This project.
    Jobs,
    /// Another library.
    Peer,
}

/// How its process is started: `…  URL TASK` is added.
pub enum Program {
    /// This program, again.
    Own(fn(&str, &str)),
    /// Another one; why not, if it is not there.
    Other(fn() -> Result<Vec<String>, String>),
}

/// One contender.
pub struct Contender {
    pub name: &'static str,
    pub backend: Backend,
    pub kind: Kind,
    pub program: Program,
    pub plays: &'static [Workload],
    /// Counts jobs that could run and have not ended.
    pub unfinished: &'static str,
    /// How many jobs it drains in a bearable time, if that is less than the workload's.
    pub most: Option<i64>,
    /// Whether its producers and workers may be different processes.
    pub processes: bool,
}

impl Contender {
    fn own<P: Peer>(name: &'static str, backend: Backend, kind: Kind) -> Self {
        Self {
            name,
            backend,
            kind,
            program: Program::Own(drive::main::<P>),
            plays: &[],
            unfinished: "0",
            most: None,
            processes: true,
        }
    }

    fn other(
        name: &'static str,
        backend: Backend,
        program: fn() -> Result<Vec<String>, String>,
    ) -> Self {
        Self {
            program: Program::Other(program),
            ..Self::own::<limits::postgres::Nothing>(name, backend, Kind::Peer)
        }
    }

    fn plays(mut self, workloads: &'static [Workload]) -> Self {
        self.plays = workloads;
        self
    }

    /// SQL for the number of unfinished jobs.
    fn unfinished(mut self, sql: &'static str) -> Self {
        self.unfinished = sql;
        self
    }

    fn most(mut self, jobs: i64) -> Self {
        self.most = Some(jobs);
        self
    }

    fn one_process(mut self) -> Self {
        self.processes = false;
        self
    }

    /// The beginning of its command line.
    pub fn command(&self) -> Result<Vec<String>, String> {
        match self.program {
            Program::Own(_) => {
                let this = std::env::current_exe().map_err(|error| error.to_string())?;
                let this = this.to_string_lossy().into_owned();
                Ok(vec![
                    this,
                    "drive".into(),
                    self.backend.name().into(),
                    self.name.into(),
                ])
            }
            Program::Other(find) => find(),
        }
    }
}

/// Everyone, limits first.
pub fn all() -> Vec<Contender> {
    use Backend::{Postgres, Sqlite};
    use Kind::{Jobs, Limit};
    use Workload::*;
    use limits::{postgres as pg, sqlite as lite};

    const BY_HAND: &str = "SELECT count(*) FROM job";
    const READY_PG: &str = "SELECT count(*) FROM jobs.jobs WHERE stage = 0";
    const READY_LITE: &str = "SELECT count(*) FROM jobs_jobs WHERE stage = 0";
    const ALL: &[Workload] = Workload::ALL;

    vec![
        Contender::own::<pg::Insert>("INSERT, 16 clients", Postgres, Limit).plays(&[W1]),
        Contender::own::<pg::InsertNotify>("INSERT + NOTIFY", Postgres, Limit).plays(&[W1]),
        Contender::own::<pg::Unnest>("unnest by 1,000", Postgres, Limit).plays(&[W2]),
        Contender::own::<pg::Copy>("COPY", Postgres, Limit).plays(&[W2]),
        Contender::own::<pg::Claim<1>>("claim + ack, 1 client", Postgres, Limit)
            .plays(&[W3])
            .unfinished(BY_HAND),
        Contender::own::<pg::Claim<4>>("claim + ack, 4 clients", Postgres, Limit)
            .plays(&[W3])
            .unfinished(BY_HAND),
        Contender::own::<pg::Notify>("NOTIFY", Postgres, Limit).plays(&[W4]),
        Contender::own::<pg::Nothing>("nothing", Postgres, Limit).plays(&[W5]),
        Contender::own::<jobs::Kept>("jobs", Postgres, Jobs)
            .plays(ALL)
            .unfinished(READY_PG),
        Contender::own::<jobs::Forgotten>("jobs, retain = false", Postgres, Jobs)
            .plays(&[W3])
            .unfinished(READY_PG),
        Contender::own::<lite::Insert>("INSERT", Sqlite, Limit).plays(&[W1, W2]),
        Contender::own::<lite::Claim<100>>("claim + ack by 100", Sqlite, Limit)
            .plays(&[W3])
            .unfinished(BY_HAND),
        Contender::own::<lite::Claim<1_000>>("claim + ack by 1,000", Sqlite, Limit)
            .plays(&[W3])
            .unfinished(BY_HAND),
        Contender::own::<jobs::Kept>("jobs", Sqlite, Jobs)
            .plays(ALL)
            .unfinished(READY_LITE),
        Contender::own::<jobs::Forgotten>("jobs, retain = false", Sqlite, Jobs)
            .plays(&[W3])
            .unfinished(READY_LITE),
    ]
}
