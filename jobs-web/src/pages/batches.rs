//! Batches and chains: how far each is, what it enqueues at its turning points, its members; cancel.

use std::time::Duration;

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use chrono::{DateTime, Utc};
use jobs::{
    BatchId, FlowKind, JobId, State,
    inspect::{Answer as Done, BatchView, Batches, Callback, Filter, Turn},
};
use maud::{Markup, html};

use super::{flow, full, unknown};
use crate::{
    charts,
    failure::{Answer, Failure},
    layout::{badge, careful, empty, go, job_link, page},
    posted::Posted,
    query::{Asked, STATES, address, batch},
    text::{number, plain, shown},
    time,
    view::View,
};

const PAGE: u32 = 50;
/// A request waits for so long until all of a batch is cancelled.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// The lists: in words, and in addresses.
const LISTS: [(Option<Batches>, &str, &str); 4] = [
    (None, "all", ""),
    (Some(Batches::Open), "open", "open"),
    (Some(Batches::Ended), "ended", "ended"),
    (Some(Batches::Dead), "with a dead member", "dead"),
];

pub(crate) async fn show(view: View, Asked(asked): Asked) -> Answer {
    let wanted = asked.filled("which").unwrap_or_default();
    let Some((which, ..)) = LISTS.iter().find(|(.., name)| *name == wanted) else {
        return Err(Failure::bad(format!("there is no list `{wanted}`")));
    };
    let from = asked.filled("from").map(batch).transpose()?;
    let found = view.inspector.batches(*which, from, PAGE).await?;
    let now = Utc::now();
    let list = |name: &str, from: Option<BatchId>| {
        let from = from.map(|from| format!("from={from}"));
        let which = (!name.is_empty()).then(|| format!("which={name}"));
        let query: Vec<_> = which.into_iter().chain(from).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        view.to(&format!("/batches{mark}{}", query.join("&")))
    };
    let body = html! {
        h1 { "Batches and chains" }
        nav.tabs aria-label="Which" {
            @for (_, words, name) in LISTS { a href=(list(name, None)) aria-current=[(name == wanted).then_some("true")] { (words) } }
        }
        @if !found.items.is_empty() {
            section.card { div.scroll tabindex="0" role="group" aria-label="Batches and chains" { table.rows {
                thead { tr {
                    th scope="col" { "State" } th scope="col" { "Name" } th scope="col" { "Ended" } th.n scope="col" { "Dead" }
                    th scope="col" { "Enqueued" } th scope="col" { "Took" } th scope="col" { "Enqueues" }
                } }
                tbody { @for one in &found.items { (row(&view, one, now)) } }
            } } }
        } @else if found.next.is_some() {
            (empty("Nothing yet", html! { "Many were looked through and none matches; search on with the button below." }))
        } @else {
            (empty("No batch and no chain", html! { "Jobs that are awaited together show here: " code { "jobs::batch" } ", " code { "jobs::chain" } "." }))
        }
        nav.pages aria-label="Pages of the list" {
            @if from.is_some() { a.button href=(list(wanted, None)) { "Newest" } }
            @if found.next.is_some() { a.button rel="next" href=(list(wanted, found.next)) { @if found.items.len() < PAGE as usize { "Search on" } @else { "Older" } } }
        }
    };
    Ok(page(&view, "Batches", body).into_response())
}

fn row(view: &View, one: &BatchView, now: DateTime<Utc>) -> Markup {
    html! {
        tr {
            td { (state(one)) }
            th scope="row" { a.open href=(view.to(&format!("/batches/{}", one.id))) { (title(one, 100)) } }
            td.bars { (charts::bar(one.ended(), one.total, "busy")) span.hint { (number(one.ended())) " of " (number(one.total)) } }
            td.n { (number(one.dead)) }
            td { (time::ago(one.created_at, now)) }
            td { (took(one, now)) }
            td { @for callback in &one.callbacks { span.tag { (turn(callback.turn)) " " (shown(&callback.name, 60)) } " " } }
        }
    }
}

/// A badge for what the group is as a whole.
fn state(one: &BatchView) -> Markup {
    html! {
        @match one.state {
            Some(state) => (badge(state)),
            None if one.cancelled_as_a_whole => span.badge.paused { "being cancelled" },
            None => span.badge.running { "open" },
        }
    }
}

fn title(one: &BatchView, bytes: usize) -> Markup {
    html! {
        @match &one.name {
            Some(name) if !name.trim().is_empty() => (shown(name, bytes)),
            _ => { (kind(one.kind)) " " span.id { (flow::end(one.id.as_uuid())) } },
        }
    }
}

fn kind(kind: FlowKind) -> &'static str {
    match kind {
        FlowKind::Batch => "Batch",
        FlowKind::Chain => "Chain",
        FlowKind::Stage => "Stage",
        _ => "Group",
    }
}

fn turn(turn: Turn) -> &'static str {
    match turn {
        Turn::Success => "on success",
        Turn::Death => "on the first death",
        Turn::Complete => "on completion",
    }
}

fn took(one: &BatchView, now: DateTime<Utc>) -> String {
    let until = one.ended_at.unwrap_or(now);
    time::coarse((until - one.created_at).to_std().unwrap_or_default())
}

async fn found(view: &View, text: &str) -> Result<BatchView, Failure> {
    let found = view.inspector.batch(batch(text)?).await?;
    found.ok_or_else(|| Failure::not_found("There is no record of this batch."))
}

pub(crate) async fn one(view: View, Path(text): Path<String>) -> Answer {
    let one = found(&view, &text).await?;
    let group = JobId::from(one.id.as_uuid());
    let flow = view.inspector.handle().flow(group).await?;
    let now = Utc::now();
    let name = one.name.as_deref().unwrap_or(kind(one.kind));
    let body = html! {
        p.above { a href=(view.to("/batches")) { "Batches" } " / " span.id { (one.id) } }
        div.head {
            h1 { (title(&one, 200)) " " (state(&one)) }
            @if one.open > 0 {
                div.actions { (careful(&view, &format!("/batches/{}/cancel", one.id), &[], "Cancel", "What waits in it ends as cancelled and does not run; what runs is asked to end.")) }
            }
        }
        div.columns {
            section.card {
                h2 { "Facts" }
                p { (charts::bar(one.ended(), one.total, "busy")) (number(one.ended())) " of " (number(one.total)) " members ended" }
                dl.facts {
                    div { dt { "Kind" } dd { (kind(one.kind)) } }
                    div { dt { "Enqueued" } dd { (time::exact(one.created_at, now)) } }
                    @if let Some(at) = one.ended_at { div { dt { "Ended" } dd { (time::exact(at, now)) } } }
                    div { dt { @if one.ended_at.is_some() { "Took" } @else { "For" } } dd { (took(&one, now)) } }
                }
            }
            section.card {
                h2 { "Members" }
                dl.facts { @for (label, count, states) in counts(&one) {
                    div { dt { (label) } dd { @if count > 0 && one.kind != FlowKind::Chain { a href=(view.to(&members(one.id, states))) { (number(count)) } } @else { (number(count)) } } }
                } }
            }
        }
        @if !one.callbacks.is_empty() { (callbacks(&view, &one.callbacks)) }
        @if let Some(flow) = &flow { (flow::tree(&view, "As a whole", &flow.root, group)) }
    };
    Ok(page(&view, &plain(name, 80), body).into_response())
}

/// Members by state: in words, how many, and the states to look for.
fn counts(one: &BatchView) -> [(&'static str, u64, &'static [State]); 5] {
    let [open, ended] = [&STATES[..5], &STATES[5..]];
    [
        ("open", one.open, open),
        ("succeeded", one.done, &ended[..1]),
        ("discarded", one.discarded, &ended[1..2]),
        ("dead", one.dead, &ended[2..3]),
        ("cancelled", one.cancelled, &ended[3..]),
    ]
}

fn members(batch: BatchId, states: &[State]) -> String {
    let filter = Filter {
        states: states.to_vec(),
        batch: Some(batch),
        ..Filter::default()
    };
    address(&filter, None)
}

fn callbacks(view: &View, callbacks: &[Callback]) -> Markup {
    html! {
        section.card {
            h2 { "Enqueues" }
            dl.facts { @for callback in callbacks { div {
                dt { (turn(callback.turn)) }
                dd {
                    (shown(&callback.name, 120)) " " span.hint { "in " (shown(&callback.queue, 60)) }
                    " " @match callback.job { Some(id) => { "enqueued: " (job_link(view, id)) }, None => span.hint { "not yet" } }
                }
            } } }
        }
    }
}

pub(crate) async fn act(
    view: View,
    Path((text, action)): Path<(String, String)>,
    _: Posted,
) -> Answer {
    full(&view)?;
    let one = found(&view, &text).await?;
    if action != "cancel" {
        return Err(unknown(&action));
    }
    let here = format!("/batches/{}", one.id);
    // A large one takes longer than a request may, and goes on when nobody waits for the answer.
    let inspector = view.inspector.clone();
    let cancelled = tokio::spawn(async move { inspector.cancel_batch(one.id).await });
    let Ok(done) = tokio::time::timeout(PATIENCE, cancelled).await else {
        return Ok(go(
            &view,
            &here,
            "Its members are being cancelled: there are many.",
        ));
    };
    let done = done.map_err(|error| {
        tracing::error!(%error, "cancelling a batch panicked");
        Failure::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "It failed",
            "The log says why.",
        )
    })??;
    answered(&view, &done, &here)
}

fn answered(view: &View, done: &Done, here: &str) -> Result<Response, Failure> {
    Ok(match done {
        Done::Done | Done::Asked => go(view, here, "It was cancelled; what ran was asked to end."),
        Done::Refused(why) => go(view, here, &format!("Nothing was changed: {why}.")),
        Done::NotFound => return Err(Failure::not_found("There is no record of this batch.")),
    })
}
