//! What is done through forms, and noted with who did it.

use std::{sync::Arc, time::Duration};

use axum::http::{StatusCode, header};
use jobs::{State, job};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use super::client::{BASE, Client, PAGES};

tests!(
    pages_answer_on_an_empty_database,
    one_job_is_steered,
    many_jobs_are_steered,
    queues_are_steered,
    workers_and_tasks_are_steered,
    dead_letters_are_resolved,
    a_job_is_enqueued_by_hand,
    a_batch_is_shown_as_a_tree,
);

#[job]
async fn web_plain(n: u32) -> u32 {
    n
}

#[job(retry = 0)]
async fn web_broken(n: u32) -> Result<(), String> {
    Err(format!("order {n} is broken"))
}

#[job(cron = "0 3 * * *")]
async fn web_nightly() {}

#[job(redact(card))]
async fn web_pays(card: String, cents: u64) {
    let _ = (card, cents);
}

/// What the next page says of an action.
pub(crate) fn notice(page: &super::client::Page) -> String {
    let cookies = page.headers.get_all(header::SET_COOKIE).into_iter();
    let mut lines = cookies.filter_map(|value| value.to_str().ok());
    let line = lines
        .find(|line| line.starts_with("jobs_notice="))
        .unwrap_or_default();
    let value = line
        .trim_start_matches("jobs_notice=")
        .split(';')
        .next()
        .unwrap_or_default();
    let pairs = form_urlencoded::parse(value.as_bytes());
    pairs.map(|(text, _)| text.into_owned()).collect()
}

async fn pages_answer_on_an_empty_database(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    for path in PAGES {
        let page = client.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
        assert!(page.text.starts_with("<!DOCTYPE html>"), "{path}");
    }
}

async fn one_job_is_steered(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let job = WebPlain::perform_later(1u32)
        .wait(Duration::from_secs(3_600))
        .on(&jobs)
        .await
        .expect("enqueued");
    let own = format!("/jobs/{}", job.id());
    let page = client.get(&own).await;
    assert!(
        page.text.contains("Why it waits") && page.text.contains("It is due at"),
        "{}",
        page.text
    );
    let wrong = client
        .post(
            &format!("{own}/edit"),
            &[("args", "{nonsense"), ("then", "keep")],
        )
        .await;
    assert!(wrong.text.contains("this is no JSON") && wrong.text.contains("{nonsense"));
    let saved = client
        .post(
            &format!("{own}/edit"),
            &[("args", "{\"n\": 7}"), ("then", "keep")],
        )
        .await;
    assert_eq!(
        (saved.status, saved.location()),
        (StatusCode::SEE_OTHER, &*format!("{BASE}{own}"))
    );
    let retried = client.post(&format!("{own}/retry"), &[]).await;
    assert_eq!(notice(&retried), "It runs as soon as a worker is free.");
    assert_eq!(job.state().await.expect("known"), State::Ready);
    let worker = jobs.worker().start().await.expect("started");
    assert_eq!(job.result().await.expect("an output"), 7);
    let again = client.post(&format!("{own}/again"), &[]).await;
    let copy = again
        .location()
        .strip_prefix(BASE)
        .expect("below")
        .to_owned();
    assert_ne!(copy, own);
    let refused = client.post(&format!("{own}/cancel"), &[]).await;
    assert!(
        notice(&refused).starts_with("Nothing was changed"),
        "{}",
        notice(&refused)
    );
    worker.stop().await.expect("stopped");
    let gone = client.post(&format!("{own}/delete"), &[]).await;
    assert_eq!(gone.location(), format!("{BASE}/jobs"));
    assert_eq!(client.get(&own).await.status, StatusCode::NOT_FOUND);
    let done = client.get("/audit").await.text;
    for word in ["edit", "retry", "run again", "delete", "web:ops"] {
        assert!(done.contains(word), "{word}");
    }
}

async fn many_jobs_are_steered(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let mut ids = Vec::new();
    for n in 0..70u32 {
        ids.push(
            WebPlain::perform_later(n)
                .on(&jobs)
                .await
                .expect("enqueued")
                .id()
                .to_string(),
        );
    }
    let list = client.get("/jobs?state=ready&queue=default").await.text;
    assert_eq!(list.matches("name=\"id\"").count(), 50);
    let next = list
        .split("rel=\"next\" href=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a next page");
    let next = next
        .strip_prefix(BASE)
        .expect("below")
        .replace("&amp;", "&");
    assert_eq!(
        client.get(&next).await.text.matches("name=\"id\"").count(),
        20
    );
    let few = [
        ("action", "cancel"),
        ("scope", "selected"),
        ("id", &ids[0]),
        ("id", &ids[1]),
    ];
    let question = client.post("/jobs/bulk", &few).await;
    assert!(
        question.text.contains("name=\"confirmed\"") && question.text.contains("2 jobs?")
            || question.text.contains(">2</span> jobs?")
            || question.text.contains("Cancel: 2"),
        "{}",
        question.text
    );
    let count = async |state| {
        let filter = jobs::inspect::Filter {
            states: vec![state],
            ..Default::default()
        };
        jobs.inspect()
            .count(&filter, 1_000)
            .await
            .expect("counted")
            .count
    };
    assert_eq!(count(State::Ready).await, 70);
    let mut confirmed = few.to_vec();
    confirmed.push(("confirmed", "1"));
    let done = client.post("/jobs/bulk", &confirmed).await;
    assert_eq!(notice(&done), "Done to 2 jobs.");
    assert_eq!(
        (count(State::Ready).await, count(State::Cancelled).await),
        (68, 2)
    );
    let all = [
        ("action", "discard"),
        ("scope", "all"),
        ("name", "WebPlain"),
        ("confirmed", "1"),
    ];
    let done = client.post("/jobs/bulk", &all).await;
    assert_eq!(notice(&done), "Done to 68 jobs.");
    assert_eq!(count(State::Discarded).await, 68);
    let none = client
        .post("/jobs/bulk", &[("action", "retry"), ("scope", "selected")])
        .await;
    assert_eq!(notice(&none), "No job was selected.");
}

async fn queues_are_steered(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    WebPlain::perform_later(1u32)
        .on(&jobs)
        .await
        .expect("enqueued");
    let queue = [("queue", "default")];
    client.post("/queues/pause", &queue).await;
    let page = client.get("/queues").await.text;
    assert!(
        page.contains("paused") && page.contains("web:ops") && page.contains("Resume"),
        "{page}"
    );
    client.post("/queues/resume", &queue).await;
    assert!(!client.get("/queues").await.text.contains("Resume"));
    let cleared = client.post("/queues/clear", &queue).await;
    assert_eq!(notice(&cleared), "1 jobs of default were cancelled.");
}

async fn workers_and_tasks_are_steered(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let worker = jobs.worker().start().await.expect("started");
    let id = jobs.inspect().workers().await.expect("read")[0].id.clone();
    let page = client.get("/workers").await.text;
    assert!(page.contains("lives") && page.contains(&id), "{page}");
    client.post("/workers/quiet", &[("worker", &id)]).await;
    assert!(client.get("/workers").await.text.contains("Let it go on"));
    client.post("/workers/resume", &[("worker", &id)]).await;
    let page = client.get("/recurring").await.text;
    assert!(
        page.contains("WebNightly") && page.contains("0 3 * * *"),
        "{page}"
    );
    client
        .post("/recurring/pause", &[("task", "WebNightly")])
        .await;
    assert!(client.get("/recurring").await.text.contains("paused"));
    client
        .post("/recurring/resume", &[("task", "WebNightly")])
        .await;
    let run = client
        .post("/recurring/run", &[("task", "WebNightly")])
        .await;
    let own = run.location().strip_prefix(BASE).expect("below").to_owned();
    until("it ran", async || {
        client.get(&own).await.text.contains("badge succeeded")
    })
    .await;
    worker.stop().await.expect("stopped");
}

async fn dead_letters_are_resolved(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let worker = jobs.worker().start().await.expect("started");
    for n in 0..3u32 {
        WebBroken::perform_later(n)
            .on(&jobs)
            .await
            .expect("enqueued");
    }
    let groups = async || jobs.inspect().dead_groups().await.expect("read");
    until("all are dead", async || {
        groups().await.first().is_some_and(|group| group.count == 3)
    })
    .await;
    worker.stop().await.expect("stopped");
    let print = groups().await[0].fingerprint.clone();
    let page = client.get("/dead").await.text;
    assert!(
        page.contains("3×") && page.contains("order # is broken"),
        "{page}"
    );
    assert!(
        client
            .get(&format!("/dead/{print}"))
            .await
            .text
            .contains("The newest message")
    );
    let done = client.post(&format!("/dead/{print}/retry"), &[]).await;
    assert_eq!(notice(&done), "3 jobs start anew.");
    assert!(client.get("/dead").await.text.contains("No dead letters"));
}

async fn a_job_is_enqueued_by_hand(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    WebPays::perform_later("4242 4242", 7u64)
        .on(&jobs)
        .await
        .expect("enqueued");
    let page = client.get("/enqueue?name=WebPays").await.text;
    assert!(
        page.contains("It is never shown") && page.contains("cents") && !page.contains("4242"),
        "{page}"
    );
    for (fields, wrong) in [
        (vec![("args", "[1]")], "no JSON object"),
        (vec![("args", "{")], "no JSON"),
        (vec![("args", "{}"), ("priority", "high")], "no priority"),
        (vec![("args", "{}"), ("run_at", "soon")], "no time"),
    ] {
        let mut fields = fields;
        fields.push(("name", "WebPlain"));
        let page = client.post("/enqueue", &fields).await;
        assert!(page.text.contains(wrong), "{fields:?}: {}", page.text);
    }
    let json = client.get("/enqueue?name=WebPays&as=json").await.text;
    assert!(
        json.contains("[redacted]") && json.contains("cents") && !json.contains("4242"),
        "{json}"
    );
    let hidden = [
        ("name", "WebPays"),
        ("args", "{\"card\": \"[redacted]\", \"cents\": 1}"),
    ];
    assert!(
        client
            .post("/enqueue", &hidden)
            .await
            .text
            .contains("write it anew")
    );
    let sent = client
        .post(
            "/enqueue",
            &[
                ("name", "WebPlain"),
                ("args", "{\"n\": 5}"),
                ("tags", "by hand, now"),
                ("priority", "3"),
            ],
        )
        .await;
    let own = sent
        .location()
        .strip_prefix(BASE)
        .expect("below")
        .to_owned();
    let page = client.get(&own).await.text;
    assert!(
        page.contains("by hand") && page.contains("&quot;n&quot;: 5"),
        "{page}"
    );
    // Who may not see redacted arguments does not find them by search either.
    assert!(
        client
            .get("/jobs?args=4242")
            .await
            .text
            .contains("No job matches")
    );
}

async fn a_batch_is_shown_as_a_tree(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let batch = jobs::batch("the <import>")
        .add_all((0..3u32).map(|n| WebPlain { n }))
        .on(&jobs);
    batch.enqueue().await.expect("enqueued");
    let one = jobs
        .inspect()
        .jobs(&jobs::inspect::Filter::default(), None, 1)
        .await
        .expect("read")
        .items[0]
        .id;
    let page = client.get(&format!("/jobs/{one}")).await.text;
    assert!(
        page.contains("the &lt;import&gt;") && page.contains("0 of 3 ended"),
        "{page}"
    );
    assert_eq!(
        page.matches("badge ready\">ready</span> <a").count(),
        3,
        "{page}"
    );
}
