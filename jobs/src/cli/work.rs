//! Workers: those that are seen, and this process as one.

use serde_json::json;

use super::{
    Context, Ended, act,
    args::{Work, Workers},
    show::{not_found, record_json},
    text::span,
};
use crate::inspect::WorkerView;

/// So many running jobs are shown.
const RUNNING: u32 = 1_000;

pub(super) async fn workers(context: &Context, action: Option<Workers>) -> Ended {
    let inspector = &context.inspector;
    let (id, told, words) = match action {
        None | Some(Workers::List) => return list(context).await,
        Some(Workers::Quiet { id }) => {
            let told = inspector.quiet(&id).await?;
            (id, told, "was asked to claim nothing for the time being")
        }
        Some(Workers::Resume { id }) => {
            let told = inspector.unquiet(&id).await?;
            (id, told, "was asked to go on")
        }
        Some(Workers::Stop { id }) => {
            let told = inspector.stop(&id).await?;
            (id, told, "was asked to stop")
        }
    };
    if !told {
        return Err(not_found("live worker", id));
    }
    act::said(
        context,
        &json!({ "worker": id, "asked": true }),
        &format!("{id} {words}"),
    )
}

async fn list(context: &Context) -> Ended {
    let workers = context.inspector.workers().await?;
    let running = context.inspector.running(RUNNING).await?;
    let of = |worker: &WorkerView| {
        let runs = running.iter().filter(|job| {
            let last = job.attempts.last();
            last.is_some_and(|attempt| attempt.worker == worker.id)
        });
        runs.collect::<Vec<_>>()
    };
    let value: Vec<_> = workers
        .iter()
        .map(|worker| {
            let jobs: Vec<_> = of(worker).into_iter().map(record_json).collect();
            json!({ "worker": worker, "running": jobs })
        })
        .collect();
    context.output.either(&value, || {
        let rows: Vec<_> = workers
            .iter()
            .map(|worker| {
                let names: Vec<_> = of(worker).iter().map(|job| job.name.clone()).collect();
                vec![
                    worker.id.clone(),
                    worker.host.clone(),
                    worker.pid.to_string(),
                    how(worker),
                    span(worker.age()),
                    worker
                        .memory
                        .map_or_else(String::new, |bytes| format!("{} MiB", bytes >> 20)),
                    format!("{}/{}", names.len(), worker.slots()),
                    names.join(", "),
                ]
            })
            .collect();
        let head = [
            "WORKER", "HOST", "PID", "STATE", "SEEN", "MEMORY", "BUSY", "RUNS",
        ];
        context.output.table(&head, &rows)
    })
}

/// The state of a worker, and what it was asked.
pub(super) fn how(worker: &WorkerView) -> String {
    use crate::inspect::{Asked, WorkerState};
    match (worker.state, worker.asked) {
        (WorkerState::Lost, _) => "lost",
        (WorkerState::Stopped, _) => "stopped",
        (WorkerState::Running, None) => "running",
        (WorkerState::Running, Some(Asked::Quiet)) => "quiet",
        (WorkerState::Running, Some(Asked::Stop)) => "stopping",
    }
    .to_owned()
}

pub(super) async fn run(context: &Context, options: Work) -> Ended {
    let jobs = context.inspector.handle();
    let mut worker = jobs.worker();
    if !options.queues.is_empty() {
        let mut queues = Vec::new();
        for name in &options.queues {
            let known = jobs.inner().registry.queues();
            match known.iter().find(|queue| queue.name() == name) {
                Some(queue) => queues.push(*queue),
                None => return Err(not_found("queue in this program", name)),
            }
        }
        worker = worker.queues(queues);
    }
    if let Some(concurrency) = options.concurrency {
        worker = worker.concurrency(concurrency);
    }
    worker.run().await?;
    Ok(())
}
