//! W4: one job each 20 ms, an idle worker in the same process or in another.

use std::collections::HashMap;

use drive::{Event, Result, Task};

use super::{Figures, Trial};

const GAP_MS: u64 = 20;

/// Percentiles in milliseconds, first from another process, then in process.
pub fn both(trial: &Trial) -> Result<Figures> {
    let mut figures = Figures::new();
    let n = trial.jobs(300);
    if trial.contender.processes {
        let mut worker = trial.start(Task::Work { expect: n as u64 })?;
        worker.wait("the worker's start", |event| {
            matches!(event, Event::Working { .. }).then_some(())
        })?;
        let mut producer = trial.start(Task::Paced {
            n,
            gap_ms: GAP_MS,
            work: false,
        })?;
        let enqueued = producer.wait("the enqueues", enqueued)?;
        producer.end()?;
        worker.wait("the last job", ran)?;
        worker.stop();
        let began = worker.wait("the worker's end", began)?;
        worker.end()?;
        add(&mut figures, "", &enqueued, &began)?;
    }
    let mut alone = trial.start(Task::Paced {
        n,
        gap_ms: GAP_MS,
        work: true,
    })?;
    // The last job may run before the last enqueue has returned: the two events come in either order.
    let (mut enqueues, mut all_ran) = (None, false);
    while enqueues.is_none() || !all_ran {
        match alone.wait("the jobs", Some)? {
            Event::Enqueued { times } => enqueues = Some(times),
            Event::Ran { .. } => all_ran = true,
            _ => {}
        }
    }
    alone.stop();
    let began = alone.wait("the worker's end", began)?;
    alone.end()?;
    add(
        &mut figures,
        "in_process_",
        &enqueues.unwrap_or_default(),
        &began,
    )?;
    Ok(figures)
}

type Times = Vec<(i64, i64, i64)>;

fn enqueued(event: Event) -> Option<Times> {
    match event {
        Event::Enqueued { times } => Some(times),
        _ => None,
    }
}

fn began(event: Event) -> Option<Vec<(i64, i64)>> {
    match event {
        Event::Began { times, .. } => Some(times),
        _ => None,
    }
}

fn ran(event: Event) -> Option<()> {
    matches!(event, Event::Ran { .. }).then_some(())
}

fn add(figures: &mut Figures, prefix: &str, enqueued: &Times, began: &[(i64, i64)]) -> Result {
    if began.len() != enqueued.len() {
        return Err(format!("{} executions of {} jobs", began.len(), enqueued.len()).into());
    }
    let began: HashMap<i64, i64> = began.iter().copied().collect();
    let mut after_return = Vec::new();
    let mut after_call = Vec::new();
    for (job, called, returned) in enqueued {
        let began = began
            .get(job)
            .ok_or_else(|| format!("job {job} has not run"))?;
        // A job may begin before its enqueuer hears that it is stored.
        after_return.push((began - returned).max(0));
        after_call.push(began - called);
    }
    for (name, mut times) in [("", after_return), ("from_call_", after_call)] {
        for (percent, which) in [("p50", 0.5), ("p99", 0.99)] {
            let figure = percentile(&mut times, which) as f64 / 1_000.0;
            figures.insert(format!("{prefix}{name}{percent}_ms"), figure);
        }
    }
    Ok(())
}

/// The smallest time that is not exceeded by such a part of them.
pub fn percentile(times: &mut [i64], part: f64) -> i64 {
    times.sort_unstable();
    let place = (times.len() as f64 * part).ceil() as usize;
    times.get(place.saturating_sub(1)).copied().unwrap_or(0)
}
