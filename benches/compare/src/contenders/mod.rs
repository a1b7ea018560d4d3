//! Who takes part. To add one: implement [`Peer`], and add one entry to [`all`].

pub mod jobs;
pub mod limits;
mod others;

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
    /// The table that claims scan, for its size.
    pub hot_table: Option<&'static str>,
    /// Makes `$1` finished jobs.
    pub history: Option<&'static str>,
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
            hot_table: None,
            history: None,
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

    fn hot_table(mut self, table: &'static str) -> Self {
        self.hot_table = Some(table);
        self
    }

    fn history(mut self, sql: &'static str) -> Self {
        self.history = Some(sql);
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

    use jobs::{Forgotten, Of, Plain, Retried, Tagged};

    const ALL: &[Workload] = Workload::ALL;
    const LITE: &[Workload] = &[W1, W2, W3, W4, W5, W6, W7, W9, W10];
    const MAIN: &[Workload] = &[W1, W2, W3, W4, W5, W6];
    const BY_HAND: &str = "SELECT count(*) FROM job";
    const GRAPHILE: &str =
        "SELECT count(*) FROM graphile_worker._private_jobs WHERE run_at <= now()";
    const READY_PG: &str = "SELECT count(*) FROM jobs.jobs WHERE stage = 0";
    const READY_LITE: &str = "SELECT count(*) FROM jobs_jobs WHERE stage = 0";
    // Those that wait to be tried again too.
    const OPEN_PG: &str = "SELECT count(*) FROM jobs.jobs";
    const OPEN_LITE: &str = "SELECT count(*) FROM jobs_jobs";
    const HISTORY_PG: &str = "
        INSERT INTO jobs.history (id, fence, run_at, enqueued_at, started_at, finished_at, expires_on, kind, version,
            attempt, runs, crashes, priority, state, queue, args, tags)
        SELECT gen_random_uuid(), 1, now(), now(), now(), now(), current_date + 1, 1, 1, 1, 1, 0, 0, 0, 'default',
            '{\"n\":' || n || '}', '[]' FROM generate_series(1, $1) n";
    const HISTORY_LITE: &str = "
        INSERT INTO jobs_history (id, state, kind, version, queue, priority, run_at, fence, attempt, runs, crashes,
            enqueued_at, started_at, finished_at, expires_at, tags, args)
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
        SELECT randomblob(16), 1, 1, 1, 'default', 0, 0, 1, 1, 1, 0, 0, 0, 0, (unixepoch() + 86400) * 1000000, '[]',
            '{\"n\":' || n || '}' FROM numbers";

    vec![
        Contender::own::<pg::Insert>("INSERT, 16 clients", Postgres, Limit).plays(&[W1]),
        Contender::own::<pg::InsertNotify>("INSERT + NOTIFY", Postgres, Limit).plays(&[W1]).most(2_000),
        Contender::own::<pg::Unnest>("unnest by 1,000", Postgres, Limit).plays(&[W2]),
        Contender::own::<pg::Copy>("COPY", Postgres, Limit).plays(&[W2]),
        Contender::own::<pg::Claim<1>>("claim + ack, 1 client", Postgres, Limit).plays(&[W3]).unfinished(BY_HAND),
        Contender::own::<pg::Claim<4>>("claim + ack, 4 clients", Postgres, Limit).plays(&[W3]).unfinished(BY_HAND),
        Contender::own::<pg::Notify>("NOTIFY", Postgres, Limit).plays(&[W4]),
        Contender::own::<pg::Nothing>("nothing", Postgres, Limit).plays(&[W5]),
        Contender::own::<Of<Plain>>("jobs", Postgres, Jobs)
            .plays(ALL)
            .unfinished(READY_PG)
            .hot_table("jobs.jobs")
            .history(HISTORY_PG),
        Contender::own::<Of<Forgotten>>("jobs, retain = false", Postgres, Jobs)
            .plays(&[W3, W10])
            .unfinished(READY_PG),
        Contender::own::<Of<Tagged>>("jobs, two tags", Postgres, Jobs).plays(&[W10]).unfinished(READY_PG),
        Contender::own::<Of<Retried>>("jobs, one retry each", Postgres, Jobs).plays(&[W10]).unfinished(OPEN_PG),
        Contender::other("graphile_worker 0.14", Postgres, others::graphile_rust)
            .plays(&[W1, W2, W3, W6])
            .unfinished(GRAPHILE),
        Contender::other("graphile_worker 0.14, no local queue", Postgres, others::graphile_rust_idle)
            .plays(&[W4, W5])
            .unfinished(GRAPHILE),
        Contender::other("apalis-postgres 1.0", Postgres, others::apalis).plays(MAIN).unfinished(
            "SELECT count(*) FROM apalis.jobs WHERE status <> 'Done' AND run_at <= now()",
        ),
        Contender::other("awa 0.6", Postgres, others::awa)
            .plays(MAIN)
            .unfinished("SELECT count(*) FROM awa.jobs WHERE state NOT IN ('completed', 'scheduled')"),
        Contender::other("graphile-worker 0.17 (Node)", Postgres, others::graphile_node)
            .plays(MAIN)
            .unfinished(GRAPHILE),
        Contender::other("pg-boss 10.4 (Node)", Postgres, others::pg_boss).plays(MAIN).unfinished(
            "SELECT count(*) FROM pgboss.job WHERE state < 'completed' AND start_after <= now() AND name = 'noop'",
        ),
        Contender::other("Sidekiq 6.4", Postgres, others::sidekiq).plays(MAIN),
        Contender::own::<lite::Insert>("INSERT", Sqlite, Limit).plays(&[W1, W2]),
        Contender::own::<lite::Claim<100>>("claim + ack by 100", Sqlite, Limit).plays(&[W3]).unfinished(BY_HAND),
        Contender::own::<lite::Claim<1_000>>("claim + ack by 1,000", Sqlite, Limit).plays(&[W3]).unfinished(BY_HAND),
        Contender::own::<Of<Plain>>("jobs", Sqlite, Jobs).plays(LITE).unfinished(READY_LITE).history(HISTORY_LITE),
        Contender::own::<Of<Forgotten>>("jobs, retain = false", Sqlite, Jobs)
            .plays(&[W3, W10])
            .unfinished(READY_LITE),
        Contender::own::<Of<Tagged>>("jobs, two tags", Sqlite, Jobs).plays(&[W10]).unfinished(READY_LITE),
        Contender::own::<Of<Retried>>("jobs, one retry each", Sqlite, Jobs).plays(&[W10]).unfinished(OPEN_LITE),
        Contender::other("effectum 0.7", Sqlite, others::effectum)
            .plays(&[W1, W2, W3, W4, W5, W6])
            .unfinished("SELECT count(*) FROM active_jobs WHERE run_at <= unixepoch()")
            .one_process(),
        Contender::other("apalis-sqlite 1.0", Sqlite, others::apalis)
            .plays(MAIN)
            .unfinished("SELECT count(*) FROM Jobs WHERE status <> 'Done' AND run_at <= unixepoch()")
            .most(3_000),
    ]
}
