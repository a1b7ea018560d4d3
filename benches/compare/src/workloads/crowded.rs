//! W9: enqueue and claim beside a million finished jobs and a million waiting ones.

use drive::{Event, Result, Task};

use super::{Figures, Trial};

pub fn run(trial: &Trial) -> Result<Figures> {
    let million = trial.scale.jobs(1_000_000);
    let history = trial
        .contender
        .history
        .ok_or("there is no way to make finished jobs")?;
    trial
        .place
        .run(&history.replace("$1", &million.to_string()))?;
    trial.fill(million, 0)?;
    trial.place.settle()?;

    let n = trial.jobs(20_000);
    let mut producer = trial.start(Task::Single { n, callers: 16 })?;
    let (_, enqueuing) = producer.done()?;
    producer.end()?;

    let mut worker = trial.start(Task::Work { expect: n as u64 })?;
    let at = |event| match event {
        Event::Working { at } | Event::Ran { at } => Some(at),
        _ => None,
    };
    let began = worker.wait("the worker's start", at)?;
    let ran = worker.wait("the jobs", at)?;
    // It would go on for the whole million: it is killed here.
    drop(worker);
    Ok(Figures::from([
        ("enqueue_per_s".to_owned(), n as f64 / enqueuing),
        (
            "drain_per_s".to_owned(),
            n as f64 * 1e6 / (ran - began) as f64,
        ),
    ]))
}
