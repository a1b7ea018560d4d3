//! Recurring tasks.

use axum::{extract::Path, response::IntoResponse as _};
use chrono::Utc;
use jobs::Recurring;
use maud::{Markup, html};

use super::unknown;
use crate::{
    failure::{Answer, Failure},
    layout::{action, empty, go, list_link, page},
    posted::Posted,
    text::{plain, shown},
    time,
    view::View,
};

pub(crate) async fn show(view: View) -> Answer {
    let tasks = view.inspector.tasks().await?;
    let body = html! {
        h1 { "Recurring tasks" }
        @if tasks.is_empty() {
            (empty("No recurring tasks", html! { "Give a job " code { "cron = \"0 9 * * 1\"" } " or " code { "every = \"5m\"" } ", or make a task with " code { "jobs.recurring().upsert(…)" } "." }))
        } @else {
            section.card { div.scroll { table.rows {
                thead { tr {
                    th scope="col" { "Task" } th scope="col" { "Schedule" } th scope="col" { "Next" } th scope="col" { "Last" } th scope="col" { "Catches up" }
                    @if view.full { th scope="col" { span.unseen { "Actions" } } }
                } }
                tbody { @for task in &tasks { (row(&view, task)) } }
            } } }
        }
    };
    Ok(page(&view, "Recurring", body).into_response())
}

fn row(view: &View, task: &Recurring) -> Markup {
    let now = Utc::now();
    let fields = [("task", task.name.as_str())];
    html! {
        tr {
            th scope="row" {
                (list_link(view, "name", &task.job, 100))
                @if task.name != task.job { span.hint { (shown(&task.name, 100)) } }
                @if task.paused { " " span.badge.paused { "paused" } }
                @if task.orphaned { " " span.badge.dead title="no live worker declares it" { "orphaned" } }
                @if let Some(description) = &task.description { span.hint { (shown(description, 300)) } }
                @if task.args.as_object().is_some_and(|args| !args.is_empty()) { code.args { (shown(&task.args.to_string(), 160)) } }
            }
            td { code { (shown(&task.schedule, 120)) } span.hint { (shown(&task.zone, 60)) } }
            td { @match task.next_tick { Some(at) => (time::ago(at, now)), None => "–" } }
            td { @match task.last_tick { Some(at) => (time::ago(at, now)), None => "never" } }
            td { (format!("{:?}", task.catch_up).to_lowercase()) }
            @if view.full {
                td.actions {
                    (action(view, "/recurring/run", &fields, "Run now"))
                    @if task.paused { (action(view, "/recurring/resume", &fields, "Resume")) } @else { (action(view, "/recurring/pause", &fields, "Pause")) }
                }
            }
        }
    }
}

pub(crate) async fn act(view: View, Path(action): Path<String>, posted: Posted) -> Answer {
    let task = posted
        .get("task")
        .ok_or_else(|| Failure::bad("no task is named"))?;
    let name = plain(task, 80);
    let notice = match action.as_str() {
        "pause" => {
            view.inspector.pause_task(task).await?;
            format!("{name} is paused.")
        }
        "resume" => {
            view.inspector.resume_task(task).await?;
            format!("{name} ticks again, from now.")
        }
        "run" => {
            let id = view.inspector.run_task(task).await?;
            return Ok(go(
                &view,
                &format!("/jobs/{id}"),
                &format!("{name} was enqueued."),
            ));
        }
        other => return Err(unknown(other)),
    };
    Ok(go(&view, "/recurring", &notice))
}
