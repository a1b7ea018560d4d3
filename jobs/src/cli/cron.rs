//! Recurring tasks.

use serde_json::json;

use super::{Context, Ended, act, args::Cron, text::time};
use crate::recurring::Recurring;

pub(super) async fn run(context: &Context, action: Option<Cron>) -> Ended {
    let inspector = &context.inspector;
    match action {
        None | Some(Cron::List) => list(context).await,
        Some(Cron::Run { name }) => {
            let id = inspector.run_task(&name).await?;
            act::said(context, &json!({ "id": id }), &id.to_string())
        }
        Some(Cron::Pause { name }) => {
            inspector.pause_task(&name).await?;
            let value = json!({ "task": name, "paused": true });
            act::said(context, &value, &format!("{name} is paused"))
        }
        Some(Cron::Resume { name }) => {
            inspector.resume_task(&name).await?;
            let value = json!({ "task": name, "paused": false });
            act::said(context, &value, &format!("{name} goes on"))
        }
    }
}

async fn list(context: &Context) -> Ended {
    let tasks = context.inspector.tasks().await?;
    let value: Vec<_> = tasks
        .iter()
        .map(|task| {
            json!({
                "name": task.name, "job": task.job, "args": task.args, "schedule": task.schedule,
                "zone": task.zone, "description": task.description, "paused": task.paused,
                "orphaned": task.orphaned, "dynamic": task.dynamic, "last_tick": task.last_tick,
                "next_tick": task.next_tick,
            })
        })
        .collect();
    context.output.either(&value, || {
        let rows: Vec<_> = tasks.iter().map(row).collect();
        let head = ["TASK", "SCHEDULE", "ZONE", "JOB", "LAST", "NEXT", "STATE"];
        context.output.table(&head, &rows)
    })
}

fn row(task: &Recurring) -> Vec<String> {
    let at = |tick: Option<_>| tick.map(time).unwrap_or_default();
    let state = match (task.paused, task.orphaned) {
        (true, _) => "paused",
        (false, true) => "no live worker declares it",
        (false, false) => "",
    };
    vec![
        task.name.clone(),
        task.schedule.clone(),
        task.zone.clone(),
        task.job.clone(),
        at(task.last_tick),
        at(task.next_tick),
        state.to_owned(),
    ]
}
