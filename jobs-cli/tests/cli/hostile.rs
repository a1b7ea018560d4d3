//! Strings that want to be something else than text.

use std::{borrow::Cow, sync::Arc};

use jobs::{
    State,
    storage::{Next, inspect::AuditNote},
};
use jobs_tests::{make::*, place::Place, tests};

use crate::drive::{jobs as run, json};

tests!(a_terminal_is_never_told_anything);

const NASTY: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m<script>alert(1)</script>'; DROP TABLE jobs;--\r\nrow2\t\u{202e}gnp\u{2066}\u{200b}\u{e0041}é漢🦀";

async fn a_terminal_is_never_told_anything(place: Arc<Place>) {
    let storage = place.storage().await;
    let name: String = NASTY.chars().take(60).collect();
    let kinds = declare(&*storage, &[&name]).await;
    let huge = serde_json::json!({ NASTY: NASTY, "long": "x".repeat(1 << 20) }).to_string();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let mut job = job(kinds[0]);
        job.queue = Cow::Owned(NASTY.to_owned());
        job.tags = vec![Cow::Borrowed("\u{1b}[31mtag")];
        job.args.clone_from(&huge);
        ids.push(job.id.to_string());
        storage.insert(vec![job], None).await.expect("inserted");
    }
    let id = ids[0].clone();
    let worker = registered(&*storage, 0).await;
    let claim = storage
        .claim(take(worker, NASTY, 1), None)
        .await
        .expect("claimed");
    let mut dead = end(State::Dead);
    dead.error = Some(error(NASTY));
    let done = finish(&claim[0], Next::End(dead));
    storage.finish(vec![done], None).await.expect("finished");
    storage
        .set_paused(NASTY.to_owned(), true, Some(NASTY.to_owned()))
        .await
        .expect("paused");
    let note = AuditNote {
        actor: NASTY.to_owned(),
        action: NASTY.to_owned(),
        subject: NASTY.to_owned(),
        detail: NASTY.to_owned(),
    };
    storage.note_audit(note, None).await.expect("noted");
    let commands: &[&[&str]] = &[
        &["status"],
        &["queues"],
        &["list"],
        &["show", &ids[0]],
        &["show", &ids[1]],
        &["why", &ids[1]],
        &["dead"],
        &["audit"],
        &["workers"],
        &["cron"],
        &["doctor"],
        &["pause", NASTY],
        &["pause", "\u{1b}[31mnobody"],
    ];
    for command in commands {
        for mode in [&[][..], &["--json"]] {
            let all: Vec<&str> = mode.iter().chain(*command).copied().collect();
            let done = run(&place, &all).await;
            let said = [&*done.out, &*done.err].concat();
            let told = said.chars().find(|mark| {
                (mark.is_control() && *mark != '\n')
                    || matches!(mark, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e0000}'..='\u{e007f}')
            });
            assert_eq!(
                told,
                None,
                "{all:?}: {:?}",
                said.chars().take(2_000).collect::<String>()
            );
        }
    }
    let list = run(&place, &["list"]).await.out;
    assert_eq!(list.lines().count(), 3, "a job is a line: {list}");
    assert!(list.len() < 10_000, "a mebibyte is no line");
    let shown = json(&place, &["show", &id]).await;
    assert_eq!(shown["name"], name.as_str());
    assert_eq!(shown["args"][NASTY], NASTY);
    assert_eq!(shown["attempts"][0]["error"]["message"], NASTY);
    let found = json(&place, &["list", "--queue", NASTY, "--error", "]0;OWNED"]).await;
    assert_eq!(found["jobs"].as_array().expect("a list").len(), 1);
}
