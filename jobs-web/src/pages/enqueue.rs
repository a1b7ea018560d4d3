//! A job enqueued by hand: a field for each argument that its program declared, or the JSON of all. The form begins with
//! the arguments of the newest job of its name.

use axum::response::{IntoResponse as _, Response};
use jobs::inspect::{Filter, Kind, NewByName, REDACTED};
use maud::html;

use super::{fields, full};
use crate::{
    failure::{Answer, Failure},
    layout::{empty, form_page, go, token},
    posted::Posted,
    query::Asked,
    text::shown,
    time,
    view::View,
};

pub(crate) async fn show(view: View, Asked(asked): Asked) -> Answer {
    full(&view)?;
    let kinds = view.inspector.kinds().await?;
    let Some(name) = asked.filled("name") else {
        return Ok(choice(&view, &kinds));
    };
    let Some(kind) = kinds.iter().find(|kind| kind.name == name) else {
        return Err(Failure::not_found(
            "The database knows no job of this name.",
        ));
    };
    let of = Filter {
        name: Some(name.to_owned()),
        ..Filter::default()
    };
    let last = view.inspector.jobs(&of, None, 1).await?.items.pop();
    let args = last.map_or_else(|| serde_json::json!({}), |job| job.args);
    let fields = match &kind.args {
        Some(arguments) if asked.get("as") != Some("json") => fields::texts(arguments, &args),
        _ => {
            let args = serde_json::to_string_pretty(&args).unwrap_or_default();
            vec![("args".to_owned(), args)]
        }
    };
    Ok(form(&view, kind, &Posted::of(fields), &Wrong::default()))
}

/// What is wrong with what was sent.
#[derive(Default)]
struct Wrong {
    /// Of the whole.
    all: Option<String>,
    /// Of an argument.
    fields: Vec<fields::Wrong>,
}

impl From<String> for Wrong {
    fn from(all: String) -> Self {
        Self {
            all: Some(all),
            fields: Vec::new(),
        }
    }
}

impl From<Vec<fields::Wrong>> for Wrong {
    fn from(fields: Vec<fields::Wrong>) -> Self {
        Self { all: None, fields }
    }
}

fn choice(view: &View, kinds: &[Kind]) -> Response {
    let body = html! {
        h1 { "Enqueue a job" }
        @if kinds.is_empty() {
            (empty("No job is known", html! { "Names of jobs show when a program that has them connects to this database." }))
        } @else {
            section.card { ul.names { @for kind in kinds.iter().take(1_000) {
                li { a href=(view.to(&format!("/enqueue?name={}", crate::text::encoded(&kind.name)))) { (shown(&kind.name, 120)) } span.hint { (shown(&kind.queue, 60)) } }
            } } }
        }
    };
    form_page(view, "Enqueue", body).into_response()
}

fn form(view: &View, kind: &Kind, posted: &Posted, wrong: &Wrong) -> Response {
    let value = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    let here = format!("/enqueue?name={}", crate::text::encoded(&kind.name));
    let body = html! {
        p.above { a href=(view.to("/enqueue")) { "Enqueue" } }
        section.card.editor {
            h1 { "Enqueue " (shown(&kind.name, 120)) }
            form method="post" action=(view.to("/enqueue")) {
                (token(view))
                input type="hidden" name="name" value=(kind.name);
                (alert(wrong))
                @if let (Some(arguments), true) = (&kind.args, fields::were_sent(posted)) {
                    (fields::all(kind, arguments, posted, &wrong.fields))
                    p.hint { "The fields begin as the arguments of the newest job of this name. Enqueue hooks are not called. " a href=(view.to(&format!("{here}&as=json"))) { "Write them as JSON" } }
                } @else {
                    label for="args" { "Arguments, one JSON object" }
                    textarea #args name="args" rows="10" spellcheck="false" { "\n" (value("args")) }
                    p.hint { "They begin as those of the newest job of this name. Enqueue hooks are not called." @if kind.args.is_some() { " " a href=(view.to(&here)) { "A field for each" } } }
                }
                @if !kind.redact.is_empty() { p.hint.warn { "Redacted there, write them anew: " @for name in &kind.redact { code { (shown(name, 60)) } " " } } }
                div.grid {
                    label { "Queue" input name="queue" value=(value("queue")) placeholder=(kind.queue); }
                    label { "Priority" input name="priority" inputmode="numeric" value=(value("priority")) placeholder=(kind.priority); }
                    label { "Due (UTC)" input type="datetime-local" name="run_at" value=(value("run_at")); }
                    label { "Tags, with commas between" input name="tags" value=(value("tags")); }
                }
                div.buttons { button { "Enqueue" } a.button href=(view.to("/enqueue")) { "Go back" } }
            }
        }
    };
    form_page(view, "Enqueue", body).into_response()
}

fn alert(wrong: &Wrong) -> maud::Markup {
    let fields = wrong.fields.iter().take(20);
    html! {
        @if wrong.all.is_some() || !wrong.fields.is_empty() {
            div.error role="alert" {
                @if let Some(wrong) = &wrong.all { p { (shown(wrong, 500)) } }
                @for (field, why) in fields { p { code { (shown(field, 100)) } ": " (shown(why, 500)) } }
            }
        }
    }
}

pub(crate) async fn send(view: View, posted: Posted) -> Answer {
    let name = posted.get("name").unwrap_or_default();
    let kinds = view.inspector.kinds().await?;
    let Some(kind) = kinds.iter().find(|kind| kind.name == name) else {
        return Err(Failure::not_found(
            "The database knows no job of this name.",
        ));
    };
    match read(&view, kind, &posted) {
        Err(wrong) => Ok(form(&view, kind, &posted, &wrong)),
        Ok(new) => match view.inspector.enqueue(new).await {
            Ok(id) => Ok(go(&view, &format!("/jobs/{id}"), "It was enqueued.")),
            Err(
                error @ (jobs::Error::NotByName { .. }
                | jobs::Error::Duplicate { .. }
                | jobs::Error::TooLarge { .. }),
            ) => Ok(form(&view, kind, &posted, &error.to_string().into())),
            Err(error) => Err(error.into()),
        },
    }
}

fn read(view: &View, kind: &Kind, posted: &Posted) -> Result<NewByName, Wrong> {
    let args = match &kind.args {
        Some(arguments) if fields::were_sent(posted) => fields::read(arguments, posted)?,
        _ => serde_json::from_str(posted.get("args").unwrap_or_default())
            .map_err(|error| format!("the arguments are no JSON: {error}"))?,
    };
    let hidden = |name: &&String| {
        args.get(name.as_str())
            .is_some_and(|value| value == REDACTED)
    };
    if let Some(name) = kind.redact.iter().find(hidden) {
        return Err(format!("`{name}` was redacted: write it anew").into());
    }
    let priority = posted.filled("priority").map(|text| {
        text.parse::<i16>()
            .map_err(|_| format!("`{text}` is no priority from -32768 to 32767"))
    });
    let run_at = posted
        .filled("run_at")
        .map(|text| time::parse(text).ok_or_else(|| format!("`{text}` is no time")));
    let tags = posted
        .get("tags")
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|tag| !tag.is_empty());
    let (priority, run_at) = (priority.transpose()?, run_at.transpose()?);
    let misfits = view.inspector.misfits(&kind.name, &args);
    if args.is_object() && !misfits.is_empty() {
        let named = |(name, why): (&str, String)| (name.to_owned(), why);
        return Err(misfits.into_iter().map(named).collect::<Vec<_>>().into());
    }
    Ok(NewByName {
        args,
        queue: posted.filled("queue").map(str::to_owned),
        priority,
        run_at,
        tags: tags.map(str::to_owned).collect(),
        ..NewByName::new(kind.name.clone())
    })
}
