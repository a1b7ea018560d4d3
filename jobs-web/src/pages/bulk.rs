//! The same done to many jobs: asks before, and shows how far it is.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use jobs::{
    JobId,
    inspect::{Action, Count, Filter, Target},
};
use maud::{Markup, html};

use super::jobs::ACTIONS;
use crate::{
    charts,
    failure::{Answer, Failure},
    layout::{form_page, go, token, waiting_page},
    posted::Posted,
    query::{address, fields, filter, id},
    runs::{Progress, Run},
    text::{number, shown},
    view::View,
};

/// So far jobs are counted before it is asked.
const COUNTED: u64 = 1_000;
/// So many may be selected.
const SELECTED: usize = 1_000;

pub(crate) async fn act(view: View, posted: Posted) -> Answer {
    let named = posted.get("action").unwrap_or_default();
    let Some((action, _, label)) = ACTIONS.iter().find(|(_, name, _)| *name == named) else {
        return Err(Failure::bad("no action is named"));
    };
    let mut wanted = filter(&posted)?;
    let ids: Vec<JobId> = posted
        .all("id")
        .take(SELECTED + 1)
        .map(id)
        .collect::<Result<_, _>>()?;
    if ids.len() > SELECTED {
        return Err(Failure::bad(format!(
            "more than {SELECTED} jobs are selected"
        )));
    }
    let all = match posted.get("scope") {
        Some("all") => true,
        Some("selected") | None => false,
        Some(_) => return Err(Failure::bad("the scope is `selected` or `all`")),
    };
    let back = address(&wanted, None);
    if !all && ids.is_empty() {
        return Ok(go(&view, &back, "No job was selected."));
    }
    if posted.get("confirmed").is_none() {
        // What is enqueued from now on was not meant.
        wanted.until = wanted.until.or_else(|| Some(chrono::Utc::now()));
        return question(&view, *action, label, &wanted, &ids, all, &back).await;
    }
    let target = if all {
        Target::Matching(wanted)
    } else {
        Target::Ids(ids)
    };
    let mut run = view.app.runs.start(view.inspector.clone(), *action, target);
    let progress = run.wait().await;
    Ok(match &progress.ended {
        Some(Ok(())) => go(&view, &back, &told(&progress)),
        _ => go(&view, &format!("/jobs/bulk/{}", run.id), ""),
    })
}

async fn question(
    view: &View,
    action: Action,
    label: &str,
    wanted: &Filter,
    ids: &[JobId],
    all: bool,
    back: &str,
) -> Result<Response, Failure> {
    let count = if all {
        let mut met = wanted.clone();
        if met.states.is_empty() {
            met.states = action.states().to_vec();
        }
        met.states.retain(|state| action.states().contains(state));
        if met.states.is_empty() {
            Count::default()
        } else {
            view.inspector.count(&met, COUNTED).await?
        }
    } else {
        Count {
            count: ids.len() as u64,
            more: false,
        }
    };
    let named = ACTIONS
        .iter()
        .find(|(one, ..)| *one == action)
        .map_or("", |(_, name, _)| name);
    let body = html! {
        section.card.confirm {
            h1 { (label) ": " (count) " jobs?" }
            @if all { (described(wanted)) } @else { p { "These are the selected ones." } }
            p { (meaning(action)) " Jobs that are in another state by then are left alone." }
            form method="post" action=(view.to("/jobs/bulk")) {
                (token(view))
                input type="hidden" name="confirmed" value="1";
                input type="hidden" name="action" value=(named);
                input type="hidden" name="scope" value=(if all { "all" } else { "selected" });
                @for (name, value) in fields(wanted) { input type="hidden" name=(name) value=(value); }
                @for id in ids { input type="hidden" name="id" value=(id); }
                div.buttons {
                    button.danger disabled[count.count == 0] { "Yes: " (label) }
                    a.button href=(view.to(back)) { "No, go back" }
                }
            }
        }
    };
    Ok(form_page(view, label, body).into_response())
}

fn meaning(action: Action) -> &'static str {
    match action {
        Action::Retry => "Scheduled jobs become due now; dead ones start anew with their history.",
        Action::Cancel => "Jobs that wait end as cancelled; running ones are asked to end.",
        Action::Discard => "Jobs that wait or are dead end as discarded. They do not run.",
        Action::Delete => {
            "The records of ended jobs go, with their attempts and dead letters. This cannot be undone."
        }
    }
}

fn described(wanted: &Filter) -> Markup {
    html! {
        p { "All jobs that match when their turn comes:" }
        dl.facts { @for (name, value) in fields(wanted) { div { dt { (name) } dd { (shown(&value, 200)) } } } }
    }
}

fn told(progress: &Progress) -> String {
    let report = progress.report;
    let mut text = format!("Done to {} jobs", number(report.done));
    if report.refused > 0 {
        text.push_str(&format!(
            "; {} were in no state for it",
            number(report.refused)
        ));
    }
    text.push_str(if report.more {
        ". There are more: do it again."
    } else {
        "."
    });
    text
}

pub(crate) async fn progress(view: View, Path(run): Path<String>) -> Answer {
    let id = run
        .parse()
        .map_err(|_| Failure::bad(format!("`{run}` is no number of a bulk action")))?;
    let Some(run) = view.app.runs.get(id) else {
        let detail = "This process does not know of such a bulk action: another one may run it, or it was long ago. The audit log has what came of it.";
        return Err(Failure::new(StatusCode::NOT_FOUND, "Not found", detail));
    };
    let progress = run.progress();
    let label = ACTIONS
        .iter()
        .find(|(action, ..)| *action == run.action)
        .map_or("", |(.., label)| label);
    let body = bulk(&view, &run, &progress, label);
    Ok(match progress.ended {
        None => waiting_page(&view, label, body).into_response(),
        Some(_) => form_page(&view, label, body).into_response(),
    })
}

fn bulk(view: &View, run: &Run, progress: &Progress, label: &str) -> Markup {
    let report = progress.report;
    html! {
        section.card.confirm id=(run.id) {
            h1 { (label) }
            @match &progress.ended {
                None => p { "It goes on; this page follows." },
                Some(Ok(())) => p { (told(progress)) },
                Some(Err(error)) => p.error { "It ended with an error; what was done stays done: " (shown(error, 1_000)) },
            }
            dl.facts {
                div { dt { "Looked at" } dd { (number(report.seen)) } }
                div { dt { "Done" } dd { (number(report.done)) } }
                div { dt { "In no state for it" } dd { (number(report.refused)) } }
            }
            (charts::bar(report.done, report.seen, "busy"))
            p { a.button href=(view.to("/jobs")) { "To the jobs" } }
        }
    }
}
