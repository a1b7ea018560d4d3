//! Texts of jobs that are made to do harm are shown as texts.

use std::sync::Arc;

use axum::http::StatusCode;
use jobs::{State, inspect::NewByName, job};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use super::client::Client;

tests!(hostile_texts_are_texts_everywhere, a_megabyte_is_shortened);

const HOSTILE: &str = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`&amp;\u{202e}gnp.exe\u{2066}\u{1b}[31m\u{7}'; DROP TABLE jobs;--";

#[job(
    name = "<script>alert('name')</script>\u{202e}\"",
    retry = 0,
    tags("<b>tag</b>"),
    queue = "odd"
)]
async fn web_hostile(text: String) -> Result<(), String> {
    Err(text)
}

/// No element or attribute comes of the text, and what is not seen is named.
fn harmless(place: &str, text: &str) {
    for part in [
        "<script>alert",
        "<img src=x",
        "<b>tag",
        "onerror=alert(2)>\"",
        "\u{202e}",
        "\u{2066}",
        "\u{1b}",
        "\u{7}",
    ] {
        assert!(!text.contains(part), "{place} has {part:?}");
    }
}

async fn hostile_texts_are_texts_everywhere(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let inspector = jobs.inspect().as_actor(&format!("cli:{HOSTILE}"));
    let job = WebHostile::perform_later(HOSTILE)
        .on(&jobs)
        .await
        .expect("enqueued");
    let waiting = WebHostile::perform_later(HOSTILE)
        .on(&jobs)
        .await
        .expect("enqueued");
    let worker = jobs.worker().concurrency(1).start().await.expect("started");
    until("both are dead", async || {
        job.state().await.expect("known") == State::Dead
            && waiting.state().await.expect("known") == State::Dead
    })
    .await;
    // A queue with a name that is as bad.
    let odd = NewByName {
        args: serde_json::json!({ "text": HOSTILE }),
        queue: Some("<i>odd</i>\u{202e}".into()),
        tags: vec!["<b>tag\u{202e}</b>".into()],
        ..NewByName::new("<script>alert('name')</script>\u{202e}\"")
    };
    let odd = inspector.enqueue(odd).await.expect("enqueued");
    inspector.pause("<i>odd</i>\u{202e}").await.expect("paused");
    let group = jobs
        .inspect()
        .dead_groups()
        .await
        .expect("read")
        .pop()
        .expect("one group");
    let paths = [
        String::new(),
        "/queues".into(),
        "/jobs".into(),
        "/jobs?state=dead".into(),
        "/dead".into(),
        format!("/dead/{}", group.fingerprint),
        format!("/jobs/{}", job.id()),
        format!("/jobs/{}?all", job.id()),
        format!("/jobs/{odd}"),
        format!("/jobs/{odd}/edit"),
        "/workers".into(),
        "/enqueue".into(),
        "/enqueue?name=%3Cscript%3Ealert('name')%3C/script%3E%E2%80%AE%22".into(),
        "/recurring".into(),
        "/audit".into(),
        "/jobs?name=%3Cscript%3Ealert(1)&error=%22%3E%3Cimg%20src=x&state=dead".into(),
    ];
    for path in &paths {
        let page = client.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
        // Fields hold their values as they are: nothing of a value is drawn.
        let text = without_values(&page.text);
        harmless(path, &text);
    }
    let own = client.get(&format!("/jobs/{}", job.id())).await.text;
    for seen in [
        "U+202E",
        "ESC",
        "U+2066",
        "&lt;img src=x",
        "DROP TABLE jobs",
    ] {
        assert!(own.contains(seen), "{seen}");
    }
    // What comes back from forms and addresses.
    for (path, fields) in [
        ("/queues/pause", vec![("queue", HOSTILE)]),
        (
            "/jobs/bulk",
            vec![
                ("action", "retry"),
                ("scope", "all"),
                ("name", HOSTILE),
                ("error", HOSTILE),
            ],
        ),
        ("/jobs/bulk", vec![("action", HOSTILE)]),
        ("/recurring/run", vec![("task", HOSTILE)]),
    ] {
        let page = client.post(path, &fields).await;
        harmless(path, &without_values(&page.text));
    }
    let page = client
        .get("/jobs?state=%3Cscript%3Ealert(1)%3C/script%3E")
        .await;
    harmless("a state", &page.text);
    worker.stop().await.expect("stopped");
}

/// A page without what stands in `value="…"` and in text areas, which browsers show as plain text.
fn without_values(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once(" value=\"") {
        out.push_str(before);
        let (value, after) = after.split_once('"').expect("the end of a value");
        assert!(!value.contains('<'), "{value}");
        rest = after;
    }
    out.push_str(rest);
    match (out.find("<textarea"), out.find("</textarea>")) {
        (Some(from), Some(to)) => {
            let area = &out[from..to];
            assert!(!area.contains("<script>"), "{area}");
            format!("{}{}", &out[..from], &out[to..])
        }
        _ => out,
    }
}

async fn a_megabyte_is_shortened(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let large = "é".repeat(500_000);
    let job = WebHostile::perform_later(large.as_str())
        .on(&jobs)
        .await
        .expect("enqueued");
    let list = client.get("/jobs").await;
    assert!(list.text.len() < 60_000, "{}", list.text.len());
    let own = format!("/jobs/{}", job.id());
    let page = client.get(&own).await;
    assert!(page.text.len() < 60_000, "{}", page.text.len());
    assert!(page.text.contains("Show all"));
    let all = client.get(&format!("{own}?all")).await;
    assert!(all.text.contains(&large));
    // It goes through an edit.
    let args = format!("{{\"text\":\"{}\"}}", "x".repeat(1_000_000));
    let saved = client
        .post(&format!("{own}/edit"), &[("args", &args)])
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text.len());
}
