//! Jobs by state, with search and bulk actions.

use axum::response::IntoResponse as _;
use chrono::{DateTime, Utc};
use jobs::{
    JobRecord,
    inspect::{Action, Filter},
};
use maud::{Markup, html};

use crate::{
    failure::Answer,
    layout::{badge, empty, page, token},
    posted::Posted,
    query::{Asked, STATES, address, fields, filter, id},
    text::{number, shown},
    time,
    view::View,
};

/// So many jobs are on a page.
const PAGE: u32 = 50;

pub(crate) async fn show(view: View, Asked(asked): Asked) -> Answer {
    let wanted = filter(&asked)?;
    let from = asked.filled("from").map(id).transpose()?;
    let found = view.inspector.jobs(&wanted, from, PAGE).await?;
    let kinds = view.inspector.kinds().await?;
    let now = Utc::now();
    let state = wanted.states.first().filter(|_| wanted.states.len() == 1);
    let body = html! {
        h1 { "Jobs" }
        nav.tabs aria-label="State" {
            @let all = Filter { states: Vec::new(), ..wanted.clone() };
            a href=(view.to(&address(&all, None))) aria-current=[wanted.states.is_empty().then_some("true")] { "all" }
            @for one in STATES {
                @let of = Filter { states: vec![one], ..wanted.clone() };
                a href=(view.to(&address(&of, None))) aria-current=[(state == Some(&one)).then_some("true")] { (one) }
            }
        }
        (search(&view, &wanted, &asked, kinds.iter().map(|kind| kind.name.as_str())))
        @if found.items.is_empty() {
            (nothing(&view, &wanted, found.next.is_some()))
        } @else {
            (list(&view, &wanted, &found.items, now))
        }
        nav.pages aria-label="Pages of the list" {
            @if from.is_some() { a.button href=(view.to(&address(&wanted, None))) { "Newest" } }
            @if let Some(next) = found.next {
                a.button rel="next" href=(view.to(&address(&wanted, Some(next)))) { @if found.items.len() < PAGE as usize { "Search on" } @else { "Older" } }
            }
        }
    };
    Ok(page(&view, "Jobs", body).into_response())
}

fn search<'a>(
    view: &View,
    wanted: &Filter,
    asked: &Posted,
    names: impl Iterator<Item = &'a str>,
) -> Markup {
    let text = |name: &'static str, label: &str, value: &Option<String>, list: Option<&str>| {
        html! {
            label { (label) input name=(name) value=(value.as_deref().unwrap_or_default()) list=[list] autocomplete="off" maxlength="1000"; }
        }
    };
    let more = wanted.tag.is_some()
        || wanted.args.is_some()
        || wanted.since.is_some()
        || wanted.until.is_some();
    html! {
        search { form.search method="get" action=(view.to("/jobs")) {
            @for state in asked.all("state") { input type="hidden" name="state" value=(state); }
            @if let Some(batch) = wanted.batch {
                input type="hidden" name="batch" value=(batch);
                p.only { "Only members of " a.id href=(view.to(&format!("/batches/{batch}"))) { (batch) } }
            }
            (text("name", "Name", &wanted.name, Some("names")))
            (text("queue", "Queue", &wanted.queue, None))
            (text("error", "Error has", &wanted.error, None))
            details.fields open[more] {
                summary { "More" }
                div {
                    (text("args", "Arguments have", &wanted.args, None))
                    (text("tag", "Tag", &wanted.tag, None))
                    label { "Enqueued since (UTC)" input type="datetime-local" name="since" value=(wanted.since.map(time::field).unwrap_or_default()); }
                    label { "and before" input type="datetime-local" name="until" value=(wanted.until.map(time::field).unwrap_or_default()); }
                }
            }
            div.buttons { button { "Search" } a href=(view.to("/jobs")) { "Reset" } }
            datalist #names { @for name in names.take(500) { option value=(name) {} } }
        } }
    }
}

fn nothing(view: &View, wanted: &Filter, more: bool) -> Markup {
    if more {
        return empty(
            "Nothing yet",
            html! { "Many jobs were looked through and none matches; search on with the button below." },
        );
    }
    if *wanted == Filter::default() {
        let hint = html! { "Enqueue one with " code { "perform_later" } @if view.full { ", or " a href=(view.to("/enqueue")) { "by hand" } } "." };
        return empty("No jobs yet", hint);
    }
    let wide = Filter {
        states: Vec::new(),
        ..Filter::default()
    };
    empty(
        "No job matches",
        html! { "Search for less, or see " a href=(view.to(&address(&wide, None))) { "all jobs" } "." },
    )
}

fn list(view: &View, wanted: &Filter, items: &[JobRecord], now: DateTime<Utc>) -> Markup {
    let offered: Vec<_> = ACTIONS
        .iter()
        .filter(|(action, ..)| {
            wanted.states.is_empty()
                || wanted
                    .states
                    .iter()
                    .any(|state| action.states().contains(state))
        })
        .collect();
    let rows = html! {
        div.scroll { table.rows.jobs {
            thead { tr {
                @if view.full { th scope="col" { span.unseen { "Select" } } }
                th scope="col" { "State" } th scope="col" { "Job" } th scope="col" { "Queue" } th.n scope="col" { "Runs" } th scope="col" { "Enqueued" } th scope="col" { "Due or ended" }
            } }
            tbody { @for job in items { (row(view, job, now)) } }
        } }
    };
    if !view.full {
        return html! { div.card.list { (rows) } };
    }
    html! {
        form.card.list method="post" action=(view.to("/jobs/bulk")) {
            (token(view))
            @for (name, value) in fields(wanted) { input type="hidden" name=(name) value=(value); }
            div.bulk {
                label.all hidden { input type="checkbox" data-all=""; "All on this page" }
                label { "Apply to"
                    select name="scope" { option value="selected" { "the selected jobs" } option value="all" { "all that match" } }
                }
                @for (_, name, label) in &offered { button name="action" value=(name) { (label) "…" } }
            }
            (rows)
        }
    }
}

/// What is done to many: the action, its name in forms, and in words.
pub(super) const ACTIONS: [(Action, &str, &str); 4] = [
    (Action::Retry, "retry", "Retry now"),
    (Action::Cancel, "cancel", "Cancel"),
    (Action::Discard, "discard", "Discard"),
    (Action::Delete, "delete", "Delete"),
];

fn row(view: &View, job: &JobRecord, now: DateTime<Utc>) -> Markup {
    let args = job.args.to_string();
    let error = job
        .attempts
        .iter()
        .rev()
        .find_map(|attempt| attempt.error.as_ref());
    html! {
        tr {
            @if view.full { td { input type="checkbox" name="id" value=(job.id) aria-label=(format!("Select job {}", job.id)); } }
            td { (badge(job.state)) }
            td.job {
                a.open href=(view.to(&format!("/jobs/{}", job.id))) { (shown(&job.name, 120)) }
                code.args { (shown(&args, 160)) }
                @if let Some(error) = error && job.state != jobs::State::Succeeded { span.error { (shown(error.message(), 200)) } }
                @for tag in job.tags.iter().take(6) { span.tag { (shown(tag, 40)) } }
            }
            td { (shown(&job.queue, 40)) }
            td.n { (number(job.attempts.len() as u64)) }
            td { (time::ago(job.enqueued_at, now)) }
            td { (time::ago(job.finished_at.unwrap_or(job.run_at), now)) }
        }
    }
}
