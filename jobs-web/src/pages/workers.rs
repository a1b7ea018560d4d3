//! Workers: how they are, what each runs now; quiet, stop.

use axum::{extract::Path, http::StatusCode, response::IntoResponse as _};
use chrono::Utc;
use jobs::{
    JobRecord,
    inspect::{Asked, WorkerState, WorkerView},
};
use maud::{Markup, html};

use super::unknown;
use crate::{
    charts,
    failure::{Answer, Failure},
    layout::{action, careful, empty, go, page},
    posted::Posted,
    text::{bytes, number, shown},
    time,
    view::View,
};

/// So many running jobs are looked at.
const RUNNING: u32 = 500;
/// So many of them are shown per worker.
const SHOWN: usize = 25;

pub(crate) async fn show(view: View) -> Answer {
    let workers = view.inspector.workers().await?;
    let running = view.inspector.running(RUNNING).await?;
    let (here, gone): (Vec<_>, Vec<_>) = workers
        .iter()
        .partition(|worker| worker.state != WorkerState::Stopped);
    let body = html! {
        h1 { "Workers" }
        @if here.is_empty() {
            (empty("No worker lives", html! { "Start one with " code { "jobs.worker().run().await" } ": jobs wait until then." }))
        }
        @for worker in &here { (card(&view, worker, &running)) }
        @if !gone.is_empty() {
            details.card { summary { (number(gone.len() as u64)) " stopped lately" }
                div.scroll tabindex="0" role="group" aria-label="Stopped workers" { table.rows {
                    thead { tr { th scope="col" { "Worker" } th scope="col" { "Started" } th scope="col" { "Stopped" } } }
                    tbody { @for worker in gone.iter().take(100) { tr {
                        th scope="row" { (shown(&worker.host, 100)) " " span.number { (worker.pid) } }
                        td { (time::ago(worker.started_at, worker.now)) }
                        td { @if let Some(at) = worker.ended_at { (time::ago(at, worker.now)) } }
                    } } }
                } }
            }
        }
    };
    Ok(page(&view, "Workers", body).into_response())
}

fn card(view: &View, worker: &WorkerView, running: &[JobRecord]) -> Markup {
    let runs = |job: &&JobRecord| {
        job.attempts
            .last()
            .is_some_and(|attempt| attempt.worker == worker.id)
    };
    let mine: Vec<_> = running.iter().filter(runs).collect();
    let busy = mine.len() as u64;
    html! {
        article.card.worker {
            div.head {
                h2 { (shown(&worker.host, 100)) " " span.pid { "process " (worker.pid) } " " (state(worker)) }
                (buttons(view, worker))
            }
            dl.facts.row {
                div { dt { "Heartbeat" } dd { (time::coarse(worker.age())) " ago" span.hint { "lost after " (time::coarse(worker.lease)) } } }
                div { dt { "Up" } dd { (time::coarse((worker.ended_at.unwrap_or(worker.now) - worker.started_at).to_std().unwrap_or_default())) } }
                div { dt { "Memory" } dd { @match worker.memory { Some(memory) => (bytes(memory)), None if worker.is_live() => span.hint { "on another host" }, None => "–" } } }
                div { dt { "Slots" } dd { (number(busy)) " of " (number(worker.slots())) (charts::bar(busy, worker.slots(), "busy")) } }
            }
            p.hint { @for (queue, slots) in worker.queues.iter().take(30) { span.tag { (shown(queue, 60)) " × " (number(*slots)) } " " } }
            @if mine.is_empty() { p.hint { "It runs nothing now." } } @else { (jobs(view, &mine)) }
            details { summary { "Knows " (number(worker.knows.len() as u64)) " jobs" }
                p { @for name in worker.knows.iter().take(500) { span.tag { (shown(name, 100)) } " " } } }
            p.hint { "Instance " span.id { (worker.id) } }
        }
    }
}

fn state(worker: &WorkerView) -> Markup {
    html! {
        @match (worker.state, worker.asked) {
            (WorkerState::Lost, _) => span.badge.dead { "lost" },
            (WorkerState::Stopped, _) => span.badge.cancelled { "stopped" },
            (WorkerState::Running, Some(Asked::Quiet)) => span.badge.paused { "quiet" },
            (WorkerState::Running, Some(Asked::Stop)) => span.badge.paused { "stops" },
            (WorkerState::Running, None) => span.badge.succeeded { "lives" },
        }
    }
}

fn buttons(view: &View, worker: &WorkerView) -> Markup {
    let fields = [("worker", worker.id.as_str())];
    html! {
        @if view.full && worker.is_live() {
            div.actions {
                @match worker.asked {
                    Some(Asked::Quiet) => (action(view, "/workers/resume", &fields, "Let it go on")),
                    None => (action(view, "/workers/quiet", &fields, "Quiet")),
                    Some(Asked::Stop) => {},
                }
                @if worker.asked != Some(Asked::Stop) {
                    (careful(view, "/workers/stop", &fields, "Stop", "It claims nothing more, lets running jobs end for its shutdown timeout, and exits."))
                }
            }
        }
    }
}

fn jobs(view: &View, running: &[&JobRecord]) -> Markup {
    let now = Utc::now();
    html! {
        div.scroll { table.rows {
            thead { tr { th scope="col" { "Runs" } th scope="col" { "Queue" } th.n scope="col" { "For" } } }
            tbody { @for job in running.iter().take(SHOWN) { tr {
                td.job { a.open href=(view.to(&format!("/jobs/{}", job.id))) { (shown(&job.name, 100)) } code.args { (shown(&job.args.to_string(), 120)) } }
                td { (shown(&job.queue, 60)) }
                td.n { @if let Some(attempt) = job.attempts.last() { (time::span((now - attempt.started_at).to_std().unwrap_or_default())) } }
            } } }
        } }
        @if running.len() > SHOWN { p.hint { "and " (running.len() - SHOWN) " more" } }
    }
}

pub(crate) async fn act(view: View, Path(action): Path<String>, posted: Posted) -> Answer {
    let worker = posted
        .get("worker")
        .ok_or_else(|| Failure::bad("no worker is named"))?;
    let (told, notice) = match action.as_str() {
        "quiet" => (
            view.inspector.quiet(worker).await?,
            "It takes no more jobs until it is let go on.",
        ),
        "resume" => (view.inspector.unquiet(worker).await?, "It goes on."),
        "stop" => (view.inspector.stop(worker).await?, "It was asked to stop."),
        other => return Err(unknown(other)),
    };
    if !told {
        return Err(Failure::new(
            StatusCode::NOT_FOUND,
            "Not found",
            "there is no such worker, or it has ended",
        ));
    }
    Ok(go(&view, "/workers", notice))
}
