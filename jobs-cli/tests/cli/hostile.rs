//! Strings that want to be something else than text.

use std::{borrow::Cow, sync::Arc};

use jobs::{
    State,
    storage::{Next, inspect::AuditNote},
};
use jobs_tests::{make::*, place::Place, tests};

use crate::{
    drive::{jobs as run, json},
    own::own,
};

tests!(
    a_terminal_is_never_told_anything,
    files_tell_a_terminal_nothing
);

const NASTY: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m<script>alert(1)</script>'; DROP TABLE jobs;--\r\nrow2\t\u{202e}gnp\u{2066}\u{200b}\u{e0041}é漢🦀";

/// There is nothing in it that a terminal obeys.
fn harmless(command: &[&str], said: &str) {
    let told = said.chars().find(|mark| {
        (mark.is_control() && *mark != '\n')
            || matches!(mark, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e0000}'..='\u{e007f}')
    });
    let said: String = said.chars().take(2_000).collect();
    assert_eq!(told, None, "{command:?}: {said:?}");
}

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
            harmless(&all, &said);
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

/// `lock` and `check` show what stands in files.
async fn files_tell_a_terminal_nothing(place: Arc<Place>) {
    let file = |name: &str, text: String| {
        let path = place.folder().join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    let large = NASTY.repeat((1 << 20) / NASTY.len());
    let field = serde_json::json!({ "type": NASTY, "required": true });
    let job = serde_json::json!({
        "version": 1, "upcast": true, "aliases": [NASTY, large], "fields": { NASTY: field, "card": field },
    });
    let lock = serde_json::json!({ "format": 1, "jobs": { NASTY: job, "Locked": job } });
    let quoted = serde_json::Value::from(NASTY).to_string();
    let files = [
        (
            ["lock", "--check", "--file"],
            file("jobs.lock", lock.to_string()),
        ),
        (
            ["lock", "--check", "--file"],
            file("odd.lock", format!("{{\"format\": {quoted}}}")),
        ),
        (
            ["lock", "--check", "--file"],
            file("large.lock", large.clone()),
        ),
        (["lock", "--check", "--file"], format!("{NASTY}.lock")),
    ];
    for (command, path) in &files {
        for mode in [&[][..], &["--json"]] {
            let all: Vec<&str> = mode
                .iter()
                .chain(command)
                .copied()
                .chain([&**path])
                .collect();
            let done = own(&all);
            assert!(matches!(done.code, 1 | 6), "{all:?}: {}", done.code);
            harmless(&all, &[&*done.out, &*done.err].concat());
        }
    }
    // The file's own syntax: a quoted key and a quoted value, and nothing that is TOML.
    let toml = format!("[pools.{quoted}]\nqueues = [{quoted}]\n{quoted} = {quoted}\n");
    for (name, text) in [
        ("nasty.toml", toml),
        ("large.toml", large.replace('\r', "")),
        ("raw.toml", NASTY.to_owned()),
    ] {
        let path = file(name, text);
        for mode in [&[][..], &["--json"]] {
            let all: Vec<&str> = mode.iter().copied().chain(["check", &*path]).collect();
            let done = own(&all);
            assert_eq!(
                done.code,
                6,
                "{all:?}: {}",
                done.err.chars().take(500).collect::<String>()
            );
            harmless(&all, &[&*done.out, &*done.err].concat());
        }
    }
}
