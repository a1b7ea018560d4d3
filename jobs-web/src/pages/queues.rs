//! Queues: what waits in each; pause, resume, clear.

use axum::{extract::Path, response::IntoResponse as _};
use jobs::inspect::QueueView;
use maud::{Markup, html};

use super::unknown;
use crate::{
    charts,
    failure::{Answer, Failure},
    layout::{action, careful, count, empty, go, page},
    posted::Posted,
    text::{encoded, number, plain, shown},
    time,
    view::View,
};

pub(crate) async fn show(view: View) -> Answer {
    let queues = view.inspector.queues().await?;
    let now = chrono::Utc::now();
    let body = html! {
        h1 { "Queues" }
        @if queues.is_empty() {
            (empty("No queues yet", html! { "Queues show when a program that declares them connects, or with their first job." }))
        } @else {
            section.card { div.scroll { table.rows {
                thead { tr {
                    th scope="col" { "Queue" } th.n scope="col" { "Ready" } th.n scope="col" { "Oldest waits" } th.n scope="col" { "Running" }
                    th scope="col" { span.unseen { "Slots in use" } } th.n scope="col" { "Scheduled" } th.n scope="col" { "Blocked" } th.n scope="col" { "Workers" }
                    @if view.full { th scope="col" { span.unseen { "Actions" } } }
                } }
                tbody { @for queue in &queues { (row(&view, queue, now)) } }
            } } }
        }
    };
    Ok(page(&view, "Queues", body).into_response())
}

fn row(view: &View, queue: &QueueView, now: chrono::DateTime<chrono::Utc>) -> Markup {
    let jobs = |state: &str, shown: Markup| html! { a href=(view.to(&format!("/jobs?queue={}&state={state}", encoded(&queue.name)))) { (shown) } };
    let fields = [("queue", queue.name.as_str())];
    html! {
        tr {
            th scope="row" {
                a href=(view.to(&format!("/jobs?queue={}", encoded(&queue.name)))) { (shown(&queue.name, 80)) }
                @if queue.paused {
                    " " span.badge.paused { "paused" }
                    span.hint {
                        @if let Some(by) = &queue.paused_by { "by " (shown(by, 60)) " " }
                        @if let Some(at) = queue.paused_at { (time::ago(at, now)) }
                    }
                }
                @if queue.workers == 0 { span.hint.warn { "no worker takes from it" } }
            }
            td.n { (jobs("ready", count(queue.ready))) }
            td.n { (time::span(queue.latency)) }
            td.n { (jobs("running", count(queue.running))) }
            td.bars { (charts::bar(queue.running.count, queue.slots, "busy")) span.hint { (queue.running) " of " (number(queue.slots)) " slots" } }
            td.n { (jobs("scheduled", count(queue.scheduled))) }
            td.n { (jobs("blocked", count(queue.blocked))) }
            td.n { (number(queue.workers)) }
            @if view.full {
                td.actions {
                    @if queue.paused { (action(view, "/queues/resume", &fields, "Resume")) } @else { (action(view, "/queues/pause", &fields, "Pause")) }
                    (careful(view, "/queues/clear", &fields, "Clear", "All ready jobs of this queue end as cancelled."))
                }
            }
        }
    }
}

pub(crate) async fn act(view: View, Path(action): Path<String>, posted: Posted) -> Answer {
    let queue = posted
        .get("queue")
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Failure::bad("no queue is named"))?;
    let known = view.inspector.queues().await?;
    if !known.iter().any(|known| known.name == queue) {
        return Err(Failure::not_found("There is no such queue."));
    }
    let name = plain(queue, 80);
    let notice = match action.as_str() {
        "pause" => {
            view.inspector.pause(queue).await?;
            format!("{name} is paused: no worker takes from it.")
        }
        "resume" => {
            view.inspector.resume(queue).await?;
            format!("{name} goes on.")
        }
        "clear" => format!(
            "{} jobs of {name} were cancelled.",
            number(view.inspector.clear(queue).await?)
        ),
        other => return Err(unknown(other)),
    };
    Ok(go(&view, "/queues", &notice))
}
