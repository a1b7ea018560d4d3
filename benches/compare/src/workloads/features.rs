//! W10: what one job costs from a bulk enqueue to its end, for kinds of jobs that use a feature.

use drive::{Result, Task};

use super::{Figures, Trial, drain, figure};

pub fn run(trial: &Trial) -> Result<Figures> {
    let n = trial.jobs(30_000);
    let mut producer = trial.start(Task::Bulk { n, delay_s: 0 })?;
    let (_, enqueuing) = producer.done()?;
    producer.end()?;
    let draining = drain::seconds(trial, n)?;
    Ok(figure(
        "us_per_job",
        (enqueuing + draining) * 1e6 / n as f64,
    ))
}
