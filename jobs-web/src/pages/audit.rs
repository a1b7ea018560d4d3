//! Who did what by hand.

use axum::response::IntoResponse as _;
use jobs::JobId;
use maud::{Markup, html};

use crate::{
    failure::{Answer, Failure},
    layout::{empty, job_link, page},
    query::Asked,
    text::shown,
    time,
    view::View,
};

const PAGE: u32 = 100;

pub(crate) async fn show(view: View, Asked(asked): Asked) -> Answer {
    let from = match asked.filled("from") {
        None => None,
        Some(text) => Some(
            text.parse::<i64>()
                .map_err(|_| Failure::bad(format!("`{text}` is no number of an entry")))?,
        ),
    };
    let found = view.inspector.audit(from, PAGE).await?;
    let now = chrono::Utc::now();
    let body = html! {
        h1 { "Audit log" }
        @if found.items.is_empty() {
            (empty("Nothing was done by hand", html! { "What is done in the dashboard and on the command line is noted here for ninety days, with who did it." }))
        } @else {
            section.card { div.scroll tabindex="0" role="group" aria-label="Entries" { table.rows {
                thead { tr { th scope="col" { "When (UTC)" } th scope="col" { "Who" } th scope="col" { "What" } th scope="col" { "To" } th scope="col" { "More" } } }
                tbody { @for entry in &found.items { tr {
                    td { (time::exact(entry.at, now)) }
                    td { (shown(&entry.actor, 200)) }
                    td { (shown(&entry.action, 80)) }
                    td { (subject(&view, &entry.subject)) }
                    td { (shown(&entry.detail, 300)) }
                } } }
            } } }
        }
        nav.pages aria-label="Pages of the log" {
            @if from.is_some() { a.button href=(view.to("/audit")) { "Newest" } }
            @if let Some(next) = found.next { a.button rel="next" href=(view.to(&format!("/audit?from={next}"))) { "Older" } }
        }
    };
    Ok(page(&view, "Audit log", body).into_response())
}

fn subject(view: &View, subject: &str) -> Markup {
    match subject.parse::<JobId>() {
        Ok(id) => job_link(view, id),
        Err(_) => html! { (shown(subject, 300)) },
    }
}
