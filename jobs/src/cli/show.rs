//! What is looked at.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{
    Context, Ended, Trouble,
    args::List,
    text::{safe, span, time},
};
use crate::{
    failure::JobError,
    inspect::{Bucket, QueueView},
    record::{Attempt, JobId, JobRecord},
};

pub(super) fn not_found(what: &str, name: impl std::fmt::Display) -> Trouble {
    Trouble::NotFound(format!("there is no {what} {name}"))
}

pub(super) async fn migrated(context: &Context) -> Ended {
    let health = context.inspector.health().await?;
    let value = json!({ "schema": health.schema });
    context.output.either(&value, || {
        format!("The tables are at version {}.\n", health.schema)
    })
}

pub(super) async fn checked(context: &Context) -> Ended {
    let health = context.inspector.health().await?;
    let value = json!({ "ok": true, "schema": health.schema });
    context.output.either(&value, || {
        format!(
            "The database is reached, its tables are at version {}.\n",
            health.schema
        )
    })
}

pub(super) async fn status(context: &Context) -> Ended {
    let seen = context.inspector.overview().await?;
    context.output.either(&seen, || {
        let mut text = String::new();
        for (state, count) in &seen.states {
            let _ = writeln!(text, "{state:<10} {count}");
        }
        let sum = |of: fn(&Bucket) -> u64| seen.minutes.iter().map(of).sum::<u64>();
        let _ = writeln!(
            text,
            "\nLast hour: {} ended well, {} failed, {} of them for good.",
            sum(|minute| minute.succeeded),
            sum(|minute| minute.failed),
            sum(|minute| minute.dead)
        );
        let _ = writeln!(
            text,
            "{} workers with {} slots; {} lost.\n",
            seen.workers, seen.slots, seen.lost
        );
        text + &queue_table(context, &seen.queues)
    })
}

pub(super) async fn queues(context: &Context) -> Ended {
    let queues = context.inspector.queues().await?;
    context
        .output
        .either(&queues, || queue_table(context, &queues))
}

fn queue_table(context: &Context, queues: &[QueueView]) -> String {
    let head = [
        "QUEUE",
        "READY",
        "RUNNING",
        "SCHEDULED",
        "BLOCKED",
        "LATENCY",
        "WORKERS",
        "PAUSED",
    ];
    let rows: Vec<_> = queues
        .iter()
        .map(|queue| {
            let by = queue.paused_by.as_ref().map(|by| format!(" by {by}"));
            let since = queue.paused_at.map(|at| format!(" since {}", time(at)));
            let paused = format!("yes{}{}", by.unwrap_or_default(), since.unwrap_or_default());
            vec![
                queue.name.clone(),
                queue.ready.to_string(),
                queue.running.to_string(),
                queue.scheduled.to_string(),
                queue.blocked.to_string(),
                span(queue.latency),
                queue.workers.to_string(),
                if queue.paused { paused } else { String::new() },
            ]
        })
        .collect();
    context.output.table(&head, &rows)
}

pub(super) async fn list(context: &Context, list: List) -> Ended {
    let filter = list.filter.filter();
    let page = context
        .inspector
        .jobs(&filter, list.from, list.limit)
        .await?;
    let value = json!({
        "jobs": page.items.iter().map(record_json).collect::<Vec<_>>(),
        "next": page.next,
    });
    context.output.either(&value, || {
        let head = [
            "ID",
            "STATE",
            "QUEUE",
            "NAME",
            "ENQUEUED",
            "RUNS",
            "ARGUMENTS",
        ];
        let rows: Vec<_> = page
            .items
            .iter()
            .map(|job| {
                vec![
                    job.id.to_string(),
                    job.state.to_string(),
                    job.queue.clone(),
                    job.name.clone(),
                    time(job.enqueued_at),
                    job.attempts.len().to_string(),
                    shortened(&job.args),
                ]
            })
            .collect();
        let mut text = context.output.table(&head, &rows);
        if let Some(next) = page.next {
            let _ = writeln!(text, "There may be more: --from {next}");
        }
        text
    })
}

/// A mebibyte of arguments is no line of a list.
fn shortened(args: &Value) -> String {
    let text = args.to_string();
    let end = text.floor_char_boundary(200);
    if end == text.len() {
        return text;
    }
    format!("{}…", &text[..end])
}

pub(super) async fn job(context: &Context, id: JobId) -> Ended {
    let Some(job) = context.inspector.get(id).await? else {
        return Err(not_found("job", id));
    };
    context.output.either(&record_json(&job), || {
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(text, "{name:<12} {}", safe(value));
        };
        line("id", &job.id.to_string());
        line("name", &job.name);
        line("state", &job.state.to_string());
        if let Some(reason) = &job.reason {
            line("reason", reason);
        }
        line("queue", &job.queue);
        line("priority", &job.priority.to_string());
        line("tags", &job.tags.join(", "));
        line("enqueued", &time(job.enqueued_at));
        line("due", &time(job.run_at));
        if let Some(at) = job.finished_at {
            line("ended", &time(at));
        }
        if let Some(progress) = &job.progress {
            let said = format!(
                "{} of {} {}",
                progress.done, progress.total, progress.message
            );
            line("progress", &said);
        }
        line("arguments", &job.args.to_string());
        if let Some(output) = &job.output {
            line("output", &output.to_string());
        }
        for attempt in &job.attempts {
            write_attempt(&mut text, attempt);
        }
        text
    })
}

fn write_attempt(text: &mut String, attempt: &Attempt) {
    let ran = attempt.ended_at.map_or_else(
        || "runs now".to_owned(),
        |end| span((end - attempt.started_at).to_std().unwrap_or_default()),
    );
    let _ = writeln!(
        text,
        "\nattempt {}   {}   {ran}   worker {}",
        attempt.number,
        time(attempt.started_at),
        safe(&attempt.worker)
    );
    if let Some(error) = &attempt.error {
        write_error(text, error);
    }
    let logs = attempt.logs.as_deref().into_iter().flat_map(str::lines);
    for line in logs {
        let _ = writeln!(text, "  | {}", safe(line));
    }
}

fn write_error(text: &mut String, error: &JobError) {
    let _ = writeln!(
        text,
        "  {}: {}",
        safe(error.type_name()),
        safe(error.message())
    );
    for cause in error.chain() {
        let _ = writeln!(text, "  caused by: {}", safe(cause));
    }
    for line in error.backtrace().into_iter().flat_map(str::lines) {
        let _ = writeln!(text, "    {}", safe(line));
    }
}

fn error_json(error: &JobError) -> Value {
    json!({
        "type": error.type_name(),
        "message": error.message(),
        "chain": error.chain(),
        "backtrace": error.backtrace(),
    })
}

/// All that is kept of a job.
pub(super) fn record_json(job: &JobRecord) -> Value {
    let attempts: Vec<_> = job
        .attempts
        .iter()
        .map(|attempt| {
            json!({
                "number": attempt.number,
                "started_at": attempt.started_at,
                "ended_at": attempt.ended_at,
                "error": attempt.error.as_ref().map(error_json),
                "worker": attempt.worker,
                "logs": attempt.logs,
            })
        })
        .collect();
    json!({
        "id": job.id, "name": job.name, "queue": job.queue, "priority": job.priority, "tags": job.tags,
        "args": job.args, "state": job.state, "reason": job.reason, "enqueued_at": job.enqueued_at,
        "run_at": job.run_at, "finished_at": job.finished_at, "attempts": attempts,
        "progress": job.progress, "output": job.output,
    })
}

pub(super) async fn why(context: &Context, id: JobId) -> Ended {
    let Some(why) = context.inspector.why(id).await? else {
        return Err(not_found("job", id));
    };
    context.output.either(&why, || {
        let mut text = format!("{} {} is {}:\n", safe(&why.name), why.id, why.state);
        for reason in &why.reasons {
            let _ = writeln!(text, "- {}", safe(&reason.to_string()));
        }
        text
    })
}

pub(super) async fn audit(context: &Context, limit: u32) -> Ended {
    let page = context.inspector.audit(None, limit).await?;
    context.output.either(&page.items, || {
        let rows: Vec<_> = page
            .items
            .iter()
            .map(|entry| {
                vec![
                    time(entry.at),
                    entry.actor.clone(),
                    entry.action.clone(),
                    entry.subject.clone(),
                    entry.detail.clone(),
                ]
            })
            .collect();
        context
            .output
            .table(&["WHEN", "WHO", "WHAT", "TO", "DETAIL"], &rows)
    })
}
