//! Dead letters by what killed them.

use axum::{extract::Path, response::IntoResponse as _};
use chrono::Utc;
use jobs::inspect::Group;
use maud::{Markup, html};

use super::unknown;
use crate::{
    failure::{Answer, Failure},
    layout::{action, careful, empty, go, job_link, page},
    posted::Posted,
    text::{number, shown},
    time,
    view::View,
};

pub(crate) async fn show(view: View) -> Answer {
    let groups = view.inspector.dead_groups().await?;
    let now = Utc::now();
    let letters: u64 = groups.iter().map(|group| group.count).sum();
    let body = html! {
        div.head {
            h1 { "Dead letters" }
            @if letters > 0 { p.hint { (number(letters)) " unresolved, in " (number(groups.len() as u64)) " groups by type and message" } }
        }
        @if groups.is_empty() {
            (empty("No dead letters", html! { "Jobs that fail for good show here, grouped by what killed them, until they are retried or discarded." }))
        }
        @for group in groups.iter().take(200) {
            article.card.group {
                (heading(&view, group, true))
                p.hint { "last " (time::ago(group.last_at, now)) ", first " (time::ago(group.first_at, now)) " · "
                    @for name in group.names.iter().take(5) { span.tag { (shown(name, 80)) } " " } }
                (buttons(&view, group))
            }
        }
        @if groups.len() > 200 { p.hint { "The 200 largest groups are shown." } }
    };
    Ok(page(&view, "Dead letters", body).into_response())
}

fn heading(view: &View, group: &Group, link: bool) -> Markup {
    let title = html! {
        span.count { (number(group.count)) "×" } " "
        @if group.shape.is_empty() { "(no message)" } @else { (shown(&group.shape, 300)) }
    };
    html! {
        @if link {
            h2 { a href=(view.to(&format!("/dead/{}", group.fingerprint))) { (title) } }
        } @else {
            h1 { (title) }
        }
        p.type { (shown(&group.error_type, 300)) }
    }
}

fn buttons(view: &View, group: &Group) -> Markup {
    let at = |action: &str| format!("/dead/{}/{action}", group.fingerprint);
    html! {
        @if view.full {
            div.actions {
                (action(view, &at("retry"), &[], "Retry all"))
                (careful(view, &at("discard"), &[], "Discard all", &format!("{} jobs end as discarded and do not run.", number(group.count))))
            }
        }
    }
}

pub(crate) async fn group(view: View, Path(fingerprint): Path<String>) -> Answer {
    let groups = view.inspector.dead_groups().await?;
    let Some(group) = groups.iter().find(|group| group.fingerprint == fingerprint) else {
        return Err(Failure::not_found(
            "There are no unresolved dead letters of this kind (any more).",
        ));
    };
    let now = Utc::now();
    let body = html! {
        p.above { a href=(view.to("/dead")) { "Dead letters" } " / " span.id { (group.fingerprint) } }
        section.card.group {
            (heading(&view, group, false))
            h2 { "The newest message" }
            pre.error tabindex="0" { (shown(&group.example, 8_000)) }
            dl.facts {
                div { dt { "Last" } dd { (time::exact(group.last_at, now)) } }
                div { dt { "First" } dd { (time::exact(group.first_at, now)) } }
                div { dt { "Jobs" } dd { @for name in group.names.iter().take(20) { span.tag { (shown(name, 100)) } " " } } }
            }
            (buttons(&view, group))
        }
        section.card {
            h2 { "The newest jobs" }
            ul.ids { @for id in &group.jobs { li { (job_link(&view, *id)) } } }
        }
    };
    Ok(page(&view, "Dead letters", body).into_response())
}

pub(crate) async fn act(
    view: View,
    Path((fingerprint, action)): Path<(String, String)>,
    _: Posted,
) -> Answer {
    let known = fingerprint.len() == 16 && fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !known {
        return Err(Failure::bad("this is no fingerprint of an error"));
    }
    let notice = match action.as_str() {
        "retry" => format!(
            "{} jobs start anew.",
            number(view.inspector.retry_group(&fingerprint).await?)
        ),
        "discard" => format!(
            "{} jobs were discarded.",
            number(view.inspector.discard_group(&fingerprint).await?)
        ),
        other => return Err(unknown(other)),
    };
    Ok(go(&view, "/dead", &notice))
}
