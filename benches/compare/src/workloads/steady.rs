//! W7 and W8: processes that enqueue (in hundreds) and work at once, with a bounded backlog.

use std::{thread::sleep, time::Duration};

use drive::{Event, Result, Task};

use super::{Figures, Trial, latency::percentile};
use crate::{child::Driver, place::Place};

/// How many jobs wait at once, over all processes.
const AHEAD: u64 = 4_000;

/// W7, in a new place for each number of processes.
pub fn run(trial: &Trial) -> Result<Figures> {
    let mut figures = Figures::new();
    for processes in &trial.scale.processes {
        steady(&trial.again()?, *processes, &mut figures)?;
    }
    Ok(figures)
}

/// W8.
pub fn beside_snapshot(trial: &Trial) -> Result<Figures> {
    let mut figures = Figures::new();
    let holder = match &trial.place {
        Place::Postgres(database) => database.hold_snapshot()?,
        Place::Sqlite(_) => return Err("SQLite has no such thing".into()),
    };
    steady(trial, 4, &mut figures)?;
    drop(holder);
    Ok(figures)
}

fn steady(trial: &Trial, processes: usize, figures: &mut Figures) -> Result {
    let time = Duration::from_secs(trial.scale.seconds);
    trial.place.settle()?;
    let before = Counts::read(trial)?;
    let task = Task::Steady {
        seconds: trial.scale.seconds,
        ahead: AHEAD / processes as u64,
    };
    let limit = trial.scale.limit + time;
    let start = || Driver::start(&trial.command, &trial.place.url(), &task, limit);
    let mut drivers = (0..processes)
        .map(|_| start())
        .collect::<Result<Vec<_>>>()?;
    // The table has grown to its size by then, if it has one.
    sleep(time / 4);
    let early = hot_size(trial)?;
    let mut per_second = 0.0;
    for driver in &mut drivers {
        let (count, seconds) = driver.done()?;
        per_second += count as f64 / seconds;
    }
    let late = hot_size(trial)?;
    while trial.unfinished()? > 0.0 {
        sleep(Duration::from_millis(20));
    }
    // What the server has counted shows with a delay.
    sleep(Duration::from_millis(1_500));
    let (mut jobs, mut waits) = (0, Vec::new());
    for mut driver in drivers {
        driver.stop();
        let (count, sample) = driver.wait("the worker's end", |event| match event {
            Event::Waited { count, sample } => Some((count, sample)),
            _ => None,
        })?;
        jobs += count;
        waits.extend(sample);
        driver.end()?;
    }
    let spent = Counts::read(trial)?.since(&before, jobs as f64);
    let mut add = |name: &str, value: f64| figures.insert(format!("{processes}p_{name}"), value);
    add("per_s", per_second);
    add("p50_ms", percentile(&mut waits, 0.5) as f64 / 1_000.0);
    add("p99_ms", percentile(&mut waits, 0.99) as f64 / 1_000.0);
    if let Some(spent) = spent {
        add("wal_bytes_per_job", spent.wal);
        add("commits_per_job", spent.commits);
        add("dead_per_job", spent.dead);
        add("table_mib_early", early);
        add("table_mib_late", late);
    }
    Ok(())
}

/// What the server has counted.
struct Counts {
    wal: f64,
    commits: f64,
    dead: f64,
}

impl Counts {
    fn read(trial: &Trial) -> Result<Option<Self>> {
        let Place::Postgres(database) = &trial.place else {
            return Ok(None);
        };
        let commits = format!(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = '{}'",
            database.name
        );
        // Each update and each delete leaves one; some of them are cleared away without a vacuum.
        let dead = "SELECT coalesce(sum(n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables";
        Ok(Some(Self {
            wal: database.figure("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")?,
            commits: database.figure(&commits)?,
            dead: database.figure(dead)?,
        }))
    }
}

trait Since {
    /// For each job.
    fn since(self, before: &Self, jobs: f64) -> Self;
}

impl Since for Option<Counts> {
    fn since(self, before: &Self, jobs: f64) -> Self {
        let (now, before) = (self?, before.as_ref()?);
        Some(Counts {
            wal: (now.wal - before.wal) / jobs,
            commits: (now.commits - before.commits) / jobs,
            dead: (now.dead - before.dead) / jobs,
        })
    }
}

fn hot_size(trial: &Trial) -> Result<f64> {
    match (&trial.place, trial.contender.hot_table) {
        (Place::Postgres(_), Some(table)) => trial.place.figure(&format!(
            "SELECT pg_total_relation_size('{table}') / 1048576.0"
        )),
        _ => Ok(0.0),
    }
}
