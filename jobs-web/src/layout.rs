//! The frame of every page, and the parts that pages share.

use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use jobs::{JobId, State, inspect::Count};
use maud::{DOCTYPE, Markup, html};

use crate::{
    assets::{ICON, SCRIPT, STYLE},
    guard::{NOTICE, set_cookie},
    text::{encoded, plain, shown},
    view::View,
};

/// The navigation: path, title, the key that goes there after `g`.
const PLACES: &[(&str, &str, &str)] = &[
    ("/", "Overview", "o"),
    ("/queues", "Queues", "q"),
    ("/jobs", "Jobs", "j"),
    ("/dead", "Dead letters", "d"),
    ("/batches", "Batches", "b"),
    ("/recurring", "Recurring", "r"),
    ("/workers", "Workers", "w"),
    ("/enqueue", "Enqueue", "e"),
    ("/audit", "Audit log", "a"),
];

/// A whole page. What is in `main` is loaded anew while it is looked at.
pub(crate) fn page(view: &View, title: &str, body: Markup) -> Html<String> {
    framed(view, title, body, None)
}

/// A page that shows how far something is: it loads itself anew, also without JavaScript.
pub(crate) fn waiting_page(view: &View, title: &str, body: Markup) -> Html<String> {
    framed(view, title, body, Some(2))
}

/// A page of which nothing is replaced while somebody writes into it.
pub(crate) fn form_page(view: &View, title: &str, body: Markup) -> Html<String> {
    page(view, title, html! { div data-still="" { (body) } })
}

fn framed(view: &View, title: &str, body: Markup, refresh: Option<u32>) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if let Some(seconds) = refresh { meta http-equiv="refresh" content=(seconds); }
                title { (plain(title, 100)) " · jobs" }
                link rel="stylesheet" href=(view.to(&format!("/assets/{}", STYLE.name)));
                link rel="icon" type="image/svg+xml" href=(view.to(&format!("/assets/{}", ICON.name)));
                script src=(view.to(&format!("/assets/{}", SCRIPT.name))) defer {}
            }
            body data-base=(view.base) data-live=(view.to("/live")) {
                a.skip href="#main" { "To the content" }
                header {
                    a.brand href=(view.to("/")) { "jobs" }
                    nav aria-label="Pages" {
                        ul { @for (path, title, key) in PLACES { (link(view, path, title, key)) } }
                    }
                    p.who {
                        span.live hidden { "live" }
                        @if !view.full { span.badge.note { "read only" } }
                    }
                }
                main id="main" tabindex="-1" {
                    @if let Some(notice) = &view.notice { p.notice role="status" { (shown(notice, 2_000)) } }
                    (body)
                }
                (help())
            }
        }
    };
    Html(page.into_string())
}

fn link(view: &View, path: &str, title: &str, key: &str) -> Markup {
    let here = if path == "/" {
        view.path == "/"
    } else {
        view.path == path || view.path.starts_with(&format!("{path}/"))
    };
    let hidden = path == "/enqueue" && !view.full;
    html! {
        @if !hidden {
            li { a href=(view.to(path)) data-key=(key) aria-current=[here.then_some("page")] { (title) } }
        }
    }
}

fn help() -> Markup {
    let keys = [
        ("g then o q j d b r w e a", "go to a page"),
        ("/", "search"),
        ("j and k", "next and previous row"),
        ("Enter", "open the row"),
        ("x", "select the row"),
        ("p", "stop or resume live updates"),
        ("?", "this help"),
    ];
    html! {
        dialog #help aria-labelledby="help-title" {
            h2 #help-title { "Keys" }
            dl.keys { @for (key, what) in keys { div { dt { kbd { (key) } } dd { (what) } } } }
            form method="dialog" { button { "Close" } }
        }
    }
}

/// Sends the browser to another page, with something to tell there.
pub(crate) fn go(view: &View, path: &str, notice: &str) -> Response {
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, view.to(path))]).into_response();
    let (notice, _) = crate::text::cut(notice, 800);
    set_cookie(&mut response, view, NOTICE, &encoded(notice), Some(60));
    response
}

/// What every form carries.
pub(crate) fn token(view: &View) -> Markup {
    html! { input type="hidden" name="token" value=(view.token); }
}

/// A button that does something at once, where that may be done.
pub(crate) fn action(view: &View, path: &str, fields: &[(&str, &str)], label: &str) -> Markup {
    html! {
        @if view.full {
            form.inline method="post" action=(view.to(path)) {
                (token(view))
                @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                button { (label) }
            }
        }
    }
}

/// The same for what cannot be undone: asks before.
pub(crate) fn careful(
    view: &View,
    path: &str,
    fields: &[(&str, &str)],
    label: &str,
    question: &str,
) -> Markup {
    html! {
        @if view.full {
            details.careful {
                summary.button { (label) "…" }
                form.question method="post" action=(view.to(path)) {
                    (token(view))
                    @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                    p { (question) }
                    button.danger { (label) }
                }
            }
        }
    }
}

/// A state with its colour.
pub(crate) fn badge(state: State) -> Markup {
    html! { span class=(format!("badge {state}")) { (state) } }
}

pub(crate) fn count(count: Count) -> Markup {
    html! { span.number title=[count.more.then_some("counted no further")] { (count) } }
}

/// The link to a job by the end of its id, which differs where the beginning is the time.
pub(crate) fn job_link(view: &View, id: JobId) -> Markup {
    let text = id.to_string();
    html! { a.id href=(view.to(&format!("/jobs/{id}"))) title=(text) { (&text[text.len() - 12..]) } }
}

/// A link to a list of jobs.
pub(crate) fn list_link(view: &View, field: &str, value: &str, bytes: usize) -> Markup {
    html! { a href=(view.to(&format!("/jobs?{field}={}", encoded(value)))) { (shown(value, bytes)) } }
}

pub(crate) fn empty(what: &str, hint: Markup) -> Markup {
    html! { div.empty { p.what { (what) } p { (hint) } } }
}
