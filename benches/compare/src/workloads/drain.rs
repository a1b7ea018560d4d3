//! W3 and W6: jobs are there, one worker process ends them all.

use std::time::Duration;

use drive::{Event, Result, Task, now};

use super::{Figures, Trial, figure};

/// W3.
pub fn plain(trial: &Trial) -> Result<Figures> {
    drain(trial, trial.jobs(50_000))
}

/// W6: many more are scheduled for tomorrow.
pub fn beside_scheduled(trial: &Trial) -> Result<Figures> {
    const DAY: u64 = 24 * 60 * 60;
    trial.fill(trial.scale.jobs(trial.scale.scheduled), DAY)?;
    drain(trial, trial.jobs(20_000))
}

fn drain(trial: &Trial, n: i64) -> Result<Figures> {
    trial.fill(n, 0)?;
    Ok(figure("per_s", n as f64 / seconds(trial, n)?))
}

/// From the start of the worker to the last row finished in the database.
pub fn seconds(trial: &Trial, n: i64) -> Result<f64> {
    trial.place.settle()?;
    let mut worker = trial.start(Task::Work { expect: n as u64 })?;
    let began = worker.wait("the worker's start", |event| match event {
        Event::Working { at } => Some(at),
        _ => None,
    })?;
    worker.wait("the last job", |event| match event {
        Event::Ran { at } => Some(at),
        _ => None,
    })?;
    let until = now() + trial.scale.limit.as_micros() as i64;
    while trial.unfinished()? > 0.0 {
        if now() > until {
            return Err(format!("{} jobs were left unfinished", trial.unfinished()?).into());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let seconds = (now() - began) as f64 / 1e6;
    worker.stop();
    let (count, twice) = worker.wait("the worker's end", |event| match event {
        Event::Began { count, twice, .. } => Some((count, twice)),
        _ => None,
    })?;
    worker.end()?;
    if count != n as u64 || twice > 0 {
        return Err(format!("{count} executions of {n} jobs, {twice} of them second ones").into());
    }
    Ok(seconds)
}
