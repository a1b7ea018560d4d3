//! Batches and chains: listed, looked at, cancelled.

use std::sync::Arc;

use axum::http::StatusCode;
use jobs::{State, inspect::Filter, job};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use super::{
    actions::notice,
    client::{BASE, Client},
};

tests!(
    a_batch_is_followed_to_its_end,
    a_batch_is_cancelled,
    a_chain_is_drawn_in_order,
    batches_go_by_pages,
);

#[job(retry = 0)]
async fn web_member(n: u32) -> Result<(), String> {
    if n == 0 { Err("broken".into()) } else { Ok(()) }
}

#[job]
pub(crate) async fn web_after() {}

#[job]
async fn web_first() -> u32 {
    1
}

#[job]
async fn web_second() {}

async fn a_batch_is_followed_to_its_end(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let batch = jobs::batch("the <b>import</b>")
        .on_complete(WebAfter {})
        .on_success(WebAfter {})
        .add_all((0..3u32).map(|n| WebMember { n }))
        .on(&jobs)
        .enqueue()
        .await
        .expect("enqueued");
    let own = format!("/batches/{}", batch.id());
    let list = client.get("/batches?which=open").await.text;
    assert!(list.contains("the &lt;b&gt;import&lt;/b&gt;"), "{list}");
    assert!(list.contains("0 of 3"), "{list}");
    let page = client.get(&own).await.text;
    assert!(
        page.contains("on success") && page.contains("not yet"),
        "{page}"
    );
    assert!(page.contains(&format!("{own}/cancel")), "{page}");
    let worker = jobs.worker().start().await.expect("started");
    batch.result().await.expect_err("one is dead");
    until("the last job of the batch ran", async || {
        let all = jobs.inspect().jobs(&Filter::default(), None, 10).await;
        let all = all.expect("read").items;
        all.iter()
            .filter(|job| job.state == State::Succeeded)
            .count()
            == 3
    })
    .await;
    let page = client.get(&own).await.text;
    assert!(page.contains("3 of 3 members ended"), "{page}");
    assert!(page.contains("enqueued: "), "{page}");
    assert!(page.contains("not yet"), "it had no success: {page}");
    assert!(!page.contains(&format!("{own}/cancel")), "{page}");
    // Its members by state, as a list of jobs.
    let dead = format!("/jobs?state=dead&amp;batch={}", batch.id());
    assert!(page.contains(&dead), "{page}");
    let dead = client.get(&dead.replace("&amp;", "&")).await.text;
    assert_eq!(dead.matches("badge dead").count(), 1, "{dead}");
    assert!(dead.contains("Only members of"), "{dead}");
    let listed = client.get("/batches?which=dead").await.text;
    assert!(listed.contains(&own), "{listed}");
    let listed = client.get("/batches?which=open").await.text;
    assert!(!listed.contains(&own), "{listed}");
    worker.stop().await.expect("stopped");
}

async fn a_batch_is_cancelled(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let batch = jobs::batch("nightly")
        .add_all((1..4u32).map(|n| WebMember { n }))
        .on(&jobs)
        .enqueue()
        .await
        .expect("enqueued");
    let own = format!("/batches/{}", batch.id());
    let refused = client.guest().post(&format!("{own}/cancel"), &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(batch.progress().await.expect("read").open(), 3);
    assert!(
        !client
            .guest()
            .get(&own)
            .await
            .text
            .contains("method=\"post\"")
    );
    let done = client.post(&format!("{own}/cancel"), &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(done.location(), format!("{BASE}{own}"));
    assert!(
        notice(&done).starts_with("It was cancelled"),
        "{}",
        notice(&done)
    );
    assert_eq!(batch.progress().await.expect("read").cancelled, 3);
    let again = client.post(&format!("{own}/cancel"), &[]).await;
    assert!(notice(&again).contains("no member of it is open"));
    let audit = jobs.inspect().audit(None, 9).await.expect("read").items;
    let noted: Vec<_> = audit
        .iter()
        .map(|entry| (&*entry.actor, &*entry.action))
        .collect();
    assert_eq!(noted, [("web:ops", "cancel batch")]);
}

async fn a_chain_is_drawn_in_order(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    let last = jobs::chain(WebFirst {})
        .then(WebSecond {})
        .on(&jobs)
        .enqueue()
        .await
        .expect("enqueued");
    let list = client.get("/batches").await.text;
    assert!(list.contains(">Chain "), "{list}");
    let page = client.get(&format!("/jobs/{}", last.id())).await.text;
    let tree = page.split("Part of").nth(1).expect("a tree");
    let at = |name: &str| tree.find(name).unwrap_or_else(|| panic!("{name}: {tree}"));
    assert!(at("ol class=\"stages\"") < at("WebFirst"), "{tree}");
    assert!(at("WebFirst") < at("WebSecond"), "{tree}");
    assert!(tree.contains("<li aria-current=\"true\">"), "{tree}");
}

async fn batches_go_by_pages(place: Arc<Place>) {
    let jobs = place.connect().await;
    let client = Client::new(&jobs);
    for n in 0..53u32 {
        jobs::batch(format!("batch number {n}!"))
            .add(WebMember { n })
            .on(&jobs)
            .enqueue()
            .await
            .expect("enqueued");
    }
    let first = client.get("/batches").await.text;
    assert_eq!(first.matches("batch number").count(), 50);
    let next = first
        .split("rel=\"next\" href=\"")
        .nth(1)
        .expect("a next page");
    let next = next
        .split('"')
        .next()
        .expect("an address")
        .replace("&amp;", "&");
    let second = client
        .get(next.strip_prefix(BASE).expect("below"))
        .await
        .text;
    for n in [0, 1, 2] {
        assert!(second.contains(&format!("batch number {n}!")), "{second}");
    }
    assert_eq!(second.matches("batch number").count(), 3);
    assert!(!second.contains("rel=\"next\""));
}
