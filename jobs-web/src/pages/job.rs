//! One job: what it is, what became of it, and what can be done to it.

use axum::{
    extract::Path,
    response::{IntoResponse as _, Response},
};
use chrono::Utc;
use jobs::{
    JobId, JobRecord, State,
    inspect::{Answer as Done, Reason, Why},
};
use maud::{Markup, html};

use super::{flow, full, job_parts as parts, unknown};
use crate::{
    failure::{Answer, Failure},
    layout::{action, badge, careful, form_page, go, list_link, page, token},
    posted::Posted,
    query::{Asked, id},
    text::{cut, plain, shown},
    time,
    view::View,
};

async fn record(view: &View, id: JobId) -> Result<JobRecord, Failure> {
    let record = view.inspector.get(id).await?;
    record.ok_or_else(|| Failure::not_found("There is no record of this job."))
}

pub(crate) async fn show(view: View, Path(text): Path<String>, Asked(asked): Asked) -> Answer {
    let id = id(&text)?;
    let job = record(&view, id).await?;
    let why = if job.state.is_final() {
        None
    } else {
        view.inspector.why(id).await?
    };
    let flow = view.inspector.handle().flow(id).await?;
    let longest = if asked.get("all").is_some() {
        usize::MAX
    } else {
        parts::LONGEST
    };
    let now = Utc::now();
    let body = html! {
        p.above { a href=(view.to("/jobs")) { "Jobs" } " / " span.id { (job.id) } }
        div.head {
            h1 { (shown(&job.name, 200)) " " (badge(job.state)) }
            (actions(&view, &job))
        }
        @if let Some(why) = &why { (reasons(&view, why)) }
        @if let Some(reason) = &job.reason { p.reason { "Reason: " (shown(reason, 2_000)) } }
        @if let Some(progress) = &job.progress { (parts::progress(progress)) }
        div.columns {
            section.card {
                h2 { "Facts" }
                dl.facts {
                    div { dt { "Id" } dd.id { (job.id) " " button.copy type="button" hidden data-copy=(job.id) { "Copy" } } }
                    div { dt { "Name" } dd { (list_link(&view, "name", &job.name, 200)) } }
                    div { dt { "Queue" } dd { (list_link(&view, "queue", &job.queue, 200)) } }
                    div { dt { "Priority" } dd { (job.priority) } }
                    @if !job.tags.is_empty() { div { dt { "Tags" } dd { @for tag in &job.tags { span.tag { (list_link(&view, "tag", tag, 100)) } " " } } } }
                    div { dt { "Enqueued" } dd { (time::exact(job.enqueued_at, now)) } }
                    div { dt { "Due" } dd { (time::exact(job.run_at, now)) } }
                    @if let Some(at) = job.finished_at { div { dt { "Ended" } dd { (time::exact(at, now)) } } }
                }
            }
            section.card {
                h2 { "Arguments" }
                (parts::json(&view, &job, &job.args, longest))
                @if let Some(output) = &job.output { h2 { "Output" } (parts::json(&view, &job, output, longest)) }
            }
        }
        @if let Some(flow) = &flow { (flow::tree(&view, "Part of", &flow.root, id)) }
        section.card { h2 { "Timeline (UTC)" } (parts::timeline(&job, now)) }
        section.card { h2 { "Attempts" } (parts::attempts(&job, longest, now)) }
    };
    Ok(page(&view, &plain(&job.name, 80), body).into_response())
}

fn reasons(view: &View, why: &Why) -> Markup {
    let title = if why.state == State::Running {
        "Now"
    } else {
        "Why it waits"
    };
    html! {
        section class=(if why.state == State::Running { "card why now" } else { "card why" }) {
            h2 { (title) }
            ul { @for reason in &why.reasons { li { (self::reason(view, reason)) } } }
        }
    }
}

/// A reason in words, with links to the jobs that it names.
fn reason(view: &View, reason: &Reason) -> Markup {
    let text = capital(&reason.to_string());
    let holders = match reason {
        Reason::UniqueKey { holders } | Reason::Concurrency { holders, .. } => holders.as_slice(),
        _ => &[],
    };
    let begin = holders
        .first()
        .and_then(|first| text.find(&first.to_string()));
    html! {
        (shown(&text[..begin.unwrap_or(text.len())], 2_000))
        @if begin.is_some() {
            @for id in holders { " " a.id href=(view.to(&format!("/jobs/{id}"))) { (id) } }
        }
    }
}

fn capital(text: &str) -> String {
    let mut marks = text.chars();
    marks.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(marks).collect()
    })
}

fn actions(view: &View, job: &JobRecord) -> Markup {
    let at = |action: &str| format!("/jobs/{}/{action}", job.id);
    let waits = !job.state.is_final() && job.state != State::Running;
    html! {
        @if view.full {
            div.actions {
                @if matches!(job.state, State::Scheduled | State::Dead) { (action(view, &at("retry"), &[], "Retry now")) }
                @if job.state.is_final() { (action(view, &at("again"), &[], "Run again")) }
                @if waits || job.state == State::Dead { a.button href=(view.to(&at("edit"))) { "Edit" } }
                @if !job.state.is_final() { (careful(view, &at("cancel"), &[], "Cancel", "The job ends as cancelled; a running one is asked to end.")) }
                @if waits || job.state == State::Dead { (careful(view, &at("discard"), &[], "Discard", "The job ends as discarded and does not run.")) }
                @if job.state.is_final() { (careful(view, &at("delete"), &[], "Delete", "Its record goes, with all attempts. This cannot be undone.")) }
            }
        }
    }
}

pub(crate) async fn act(
    view: View,
    Path((text, action)): Path<(String, String)>,
    _: Posted,
) -> Answer {
    let id = id(&text)?;
    let here = format!("/jobs/{id}");
    let inspector = &view.inspector;
    let (done, words) = match action.as_str() {
        "retry" => (
            inspector.retry(id).await?,
            "It runs as soon as a worker is free.",
        ),
        "cancel" => (inspector.cancel(id).await?, "It was cancelled."),
        "discard" => (inspector.discard(id).await?, "It was discarded."),
        "delete" => (inspector.delete(id).await?, "Its record was deleted."),
        "again" => {
            let copy = inspector.run_again(id).await?;
            let copy = copy.ok_or_else(|| Failure::not_found("There is no record of this job."))?;
            return Ok(go(&view, &format!("/jobs/{copy}"), "This is the new copy."));
        }
        other => return Err(unknown(other)),
    };
    let gone = action == "delete" && done == Done::Done;
    answered(&view, &done, words, if gone { "/jobs" } else { &here })
}

fn answered(view: &View, done: &Done, words: &str, path: &str) -> Result<Response, Failure> {
    Ok(match done {
        Done::Done => go(view, path, words),
        Done::Asked => go(view, path, "It runs, and was asked to end."),
        Done::Refused(why) => go(view, path, &format!("Nothing was changed: {why}.")),
        Done::NotFound => return Err(Failure::not_found("There is no record of this job.")),
    })
}

pub(crate) async fn edit(view: View, Path(text): Path<String>) -> Answer {
    full(&view)?;
    let job = record(&view, id(&text)?).await?;
    let args = serde_json::to_string_pretty(&job.args).unwrap_or_default();
    Ok(form(&view, &job, &args, None))
}

fn form(view: &View, job: &JobRecord, args: &str, wrong: Option<&str>) -> Response {
    let here = format!("/jobs/{}", job.id);
    let body = html! {
        p.above { a href=(view.to("/jobs")) { "Jobs" } " / " a.id href=(view.to(&here)) { (job.id) } }
        section.card.editor {
            h1 { "Edit " (shown(&job.name, 120)) }
            form method="post" action=(view.to(&format!("{here}/edit"))) {
                (token(view))
                @if let Some(wrong) = wrong { p.error role="alert" { (shown(wrong, 500)) } }
                label for="args" { "Arguments, one JSON object" }
                textarea #args name="args" rows="14" spellcheck="false" { (args) }
                p.hint { "What stands as " code { "[redacted]" } " stays as it is stored. The unique key and the limits stay those of the first arguments." }
                div.buttons {
                    button name="then" value="retry" { "Save and retry" }
                    button.plain name="then" value="keep" { "Save" }
                    a.button href=(view.to(&here)) { "Go back" }
                }
            }
        }
    };
    form_page(view, "Edit", body).into_response()
}

pub(crate) async fn save(view: View, Path(text): Path<String>, posted: Posted) -> Answer {
    let id = id(&text)?;
    let job = record(&view, id).await?;
    let text = posted.get("args").unwrap_or_default();
    let args = match serde_json::from_str::<serde_json::Value>(text) {
        Ok(args) if args.is_object() => args,
        Ok(_) => {
            return Ok(form(
                &view,
                &job,
                text,
                Some("arguments are one JSON object: { … }"),
            ));
        }
        Err(error) => {
            return Ok(form(
                &view,
                &job,
                text,
                Some(&format!("this is no JSON: {error}")),
            ));
        }
    };
    let retry = posted.get("then") == Some("retry");
    let done = view.inspector.edit(id, args, retry).await?;
    if let Done::Refused(why) = &done {
        let (text, _) = cut(text, usize::MAX);
        return Ok(form(&view, &job, text, Some(why)));
    }
    answered(
        &view,
        &done,
        "Its arguments were changed.",
        &format!("/jobs/{id}"),
    )
}
