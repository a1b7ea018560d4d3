//! W5: a worker with nothing to do.

use std::{thread::sleep, time::Duration};

use drive::{Event, Result, Task};

use super::{Figures, Trial};
use crate::{child::Driver, place::Place};

/// What the database sees, and what the process spends.
pub fn run(trial: &mut Trial) -> Result<Figures> {
    trial.place.settle()?;
    let mut worker = trial.start(Task::Work { expect: u64::MAX })?;
    worker.wait("the worker's start", |event| {
        matches!(event, Event::Working { .. }).then_some(())
    })?;
    if let Place::Postgres(database) = &mut trial.place {
        database.leave();
    }
    // Everyone does something at first; then the server's counts lag by up to ten seconds.
    sleep(Duration::from_secs(if trial.scale.quick { 2 } else { 10 }));
    let time = Duration::from_secs(if trial.scale.quick { 5 } else { 20 });
    let (writes, cpu) = (seen(&trial.place, &worker)?, worker.cpu()?);
    sleep(time);
    let (writes, cpu) = (seen(&trial.place, &worker)? - writes, worker.cpu()? - cpu);
    worker.end()?;
    let name = match trial.place {
        Place::Postgres(_) => "transactions_per_s",
        Place::Sqlite(_) => "bytes_written_per_s",
    };
    let seconds = time.as_secs_f64();
    Ok(Figures::from([
        (name.to_owned(), writes / seconds),
        ("cpu_percent".to_owned(), cpu / seconds * 100.0),
    ]))
}

/// Transactions on Postgres; on SQLite the bytes that were written.
fn seen(place: &Place, worker: &Driver) -> Result<f64> {
    match place {
        Place::Postgres(database) => database.server().figure(&format!(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = '{}'",
            database.name
        )),
        Place::Sqlite(_) => worker.written(),
    }
}
