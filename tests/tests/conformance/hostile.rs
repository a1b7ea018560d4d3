//! Strings that want to be something else.

use std::sync::Arc;

use jobs::{
    State,
    storage::{Ack, End, Next},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    arguments_round_trip,
    names_queues_and_tags,
    outputs_and_errors,
    a_mebibyte
);

const NASTY: &[&str] = &[
    "",
    "'; DROP TABLE jobs_jobs; --",
    "\"double\" \\ back / slash",
    "line\nbreak\ttab\r\u{1}",
    "emoji 🦀 and é e\u{301} \u{202e}rtl",
    "{p}jobs ?1 $1 :a @b %s",
    "\u{FFFD}\u{10FFFF}\u{FEFF}",
    "null",
    "0123",
    "1e400",
];

async fn arguments_round_trip(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let mut texts: Vec<_> = NASTY
        .iter()
        .map(|text| serde_json::json!({ *text: text }).to_string())
        .collect();
    texts.push(r#"{"nul":"a\u0000b","pair":"\ud83e\udd80"}"#.to_owned());
    texts.push(
        r#"{ "spaces" : [ 1.0, 1e2, 12345678901234567890123 ] , "dup":1, "dup":2}"#.to_owned(),
    );
    let jobs = texts.iter().map(|text| {
        let mut job = job(kinds[0]);
        job.args.clone_from(text);
        job
    });
    let ids = insert(&*storage, jobs.collect(), 0).await;
    let claimed = claim(&*storage, worker(), 99, 0).await;
    for ((got, id), text) in claimed.iter().zip(&ids).zip(&texts) {
        // A backend may keep JSON in a form of its own, so what is compared is what it means.
        let meaning = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!(got.claim.id, *id);
        assert_eq!(meaning(&got.args), meaning(text));
    }
}

async fn names_queues_and_tags(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let nasty: Vec<_> = NASTY.iter().filter(|text| !text.is_empty()).collect();
    for text in nasty {
        let kinds = declare(&*storage, &[text]).await;
        let mut wanted = job(kinds[0]);
        wanted.queue = (*text).into();
        wanted.tags = vec![(*text).into(), "x".into()];
        let id = insert(&*storage, vec![wanted.clone()], 0).await[0];
        let claimed = storage
            .claim(take(worker(), text, 1), now(0))
            .await
            .expect("claimed");
        assert_eq!(
            (claimed[0].claim.id, claimed[0].queue.as_str()),
            (id, *text)
        );
        let row = storage.get(id).await.expect("read").expect("a row");
        assert_eq!((row.name.as_str(), row.queue.as_str()), (*text, *text));
        assert_eq!(row.tags, [*text, "x"]);
    }
}

async fn outputs_and_errors(database: Arc<dyn Database>) {
    let storage = database.open().await;
    for text in NASTY.iter().chain(&["nul \0 inside"]) {
        let id = one(&*storage).await;
        let claimed = claim_one(&*storage, worker(), 0).await;
        let how = End {
            output: Some(serde_json::json!([text]).to_string()),
            reason: Some((*text).to_owned()),
            error: Some(error(&text.replace('\0', "\u{FFFD}"))),
            ..end(State::Dead)
        };
        assert_eq!(
            ack(&*storage, &claimed, Next::End(how.clone()), 1).await,
            Ack::Done
        );
        let look = storage.look(id).await.expect("read").expect("a record");
        let meaning = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!(
            look.output.as_deref().map(meaning),
            how.output.as_deref().map(meaning)
        );
        assert_eq!(
            look.reason,
            how.reason.map(|reason| reason.replace('\0', "\u{FFFD}"))
        );
        assert_eq!(look.error, how.error);
    }
}

async fn a_mebibyte(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let jobs = (0..20).map(|n| {
        let mut job = job(kinds[0]);
        job.args = serde_json::json!({ "n": n, "big": "\"é".repeat(350_000) }).to_string();
        job
    });
    let jobs: Vec<_> = jobs.collect();
    insert(&*storage, jobs.clone(), 0).await;
    let claimed = claim(&*storage, worker(), 99, 0).await;
    assert_eq!(claimed.len(), 20);
    for (got, job) in claimed.iter().zip(&jobs) {
        assert_eq!(got.args.len(), job.args.len());
        assert_eq!(got.args, job.args);
    }
}
