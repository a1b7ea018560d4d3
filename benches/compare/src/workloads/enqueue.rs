//! W1 and W2: jobs go in, nobody works.

use drive::{Result, Task};

use super::{Figures, Trial, figure};

/// W1: 16 callers, one durable enqueue for each call.
pub fn single(trial: &Trial) -> Result<Figures> {
    timed(trial, trial.jobs(20_000), |n| Task::Single {
        n,
        callers: 16,
    })
}

/// W2: many at once.
pub fn bulk(trial: &Trial) -> Result<Figures> {
    timed(trial, trial.jobs(100_000), |n| Task::Bulk { n, delay_s: 0 })
}

fn timed(trial: &Trial, n: i64, task: impl Fn(i64) -> Task) -> Result<Figures> {
    trial.place.settle()?;
    let mut driver = trial.start(task(n))?;
    let (_, seconds) = driver.done()?;
    driver.end()?;
    let stored = trial.unfinished()?;
    // Limits without a table of jobs have nothing to count.
    if trial.contender.unfinished != "0" && stored != n as f64 {
        return Err(format!("{stored} of {n} jobs are stored").into());
    }
    Ok(figure("per_s", n as f64 / seconds))
}
