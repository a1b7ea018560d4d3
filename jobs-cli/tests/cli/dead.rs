//! Dead letters.

use std::sync::Arc;

use jobs::job;
use jobs_tests::{
    place::{Place, until},
    tests,
};

use crate::drive::{jobs as run, json};

tests!(dead_letters_are_grouped_retried_and_discarded);

#[job(retry = 0)]
async fn cli_fails(n: u32) -> Result<(), String> {
    Err(match n % 2 {
        0 => format!("no answer from host{n}.example within {n}0 s"),
        _ => format!("user {n} is gone"),
    })
}

async fn dead_letters_are_grouped_retried_and_discarded(place: Arc<Place>) {
    let jobs = place.connect().await;
    for n in 10..16 {
        CliFails::perform_later(n)
            .on(&jobs)
            .await
            .expect("enqueued");
    }
    let worker = jobs.worker().start().await.expect("started");
    until("all are dead", async || {
        json(&place, &["status"]).await["states"]["dead"]["count"] == 6
    })
    .await;
    worker.stop().await.expect("stopped");
    let groups = json(&place, &["dead"]).await;
    let groups = groups.as_array().expect("a list");
    let gone = groups
        .iter()
        .find(|group| group["shape"] == "user # is gone")
        .expect("a group");
    assert_eq!(gone["count"], 3);
    let table = run(&place, &["dead", "list"]).await;
    assert!(
        table.out.contains("is gone") && table.out.contains("CliFails"),
        "{}",
        table.out
    );
    let print = gone["fingerprint"].as_str().expect("text");
    assert_eq!(
        json(&place, &["dead", "discard", print]).await["discarded"],
        3
    );
    assert_eq!(run(&place, &["dead", "retry", print]).await.code, 3);
    assert_eq!(
        json(&place, &["dead", "retry", "--error", "HOST10"]).await["retried"],
        1
    );
    assert_eq!(
        json(&place, &["dead", "retry", "--all"]).await["retried"],
        2
    );
    assert_eq!(run(&place, &["dead", "retry"]).await.code, 2);
    assert_eq!(
        json(&place, &["status"]).await["states"]["ready"]["count"],
        3
    );
}
