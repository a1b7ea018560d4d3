//! What has nothing to do with jobs: settings, help, generated texts, health.

use std::{path::Path, sync::Arc};

use jobs_tests::{place::Place, tests};

use crate::drive::{bare, jobs as run, json};

tests!(
    a_look_makes_no_database,
    settings_are_checked,
    help_is_as_it_was,
    completions_and_manual_pages,
    health_and_speed,
);

async fn a_look_makes_no_database(place: Arc<Place>) {
    for command in [&["status"][..], &["check"], &["doctor"], &["list"]] {
        let run = run(&place, command).await;
        assert_eq!((run.code, &*run.out), (1, ""), "{command:?}: {}", run.err);
    }
    assert!(!place.folder().join("jobs.db").exists());
    assert_eq!(run(&place, &["migrate"]).await.code, 0);
    assert!(json(&place, &["check"]).await["ok"] == true);
    assert_eq!(run(&place, &["migrate"]).await.code, 0);
}

async fn settings_are_checked(_: Arc<Place>) {
    for (arguments, code) in [
        (&["status"][..], 2),
        (&["--database-url", "mysql://x", "status"], 1),
        (
            &[
                "--database-url",
                "postgres://nobody:secret@127.0.0.1:1/x",
                "status",
            ],
            1,
        ),
        (&["nonsense"], 2),
        (&["show", "no-id"], 2),
        (&["list", "--state", "asleep"], 2),
        (&["list", "--since", "yesterday"], 2),
        (&["work"], 2),
        (&["--version"], 0),
    ] {
        let run = bare(arguments);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.err);
        assert!(!run.err.contains("secret"), "{}", run.err);
    }
}

async fn help_is_as_it_was(_: Arc<Place>) {
    let mut text = bare(&["--help"]).out;
    for command in [
        "init",
        "list",
        "retry",
        "enqueue",
        "dead retry",
        "cron",
        "workers",
        "top",
        "bench",
        "check",
        "web",
        "lock",
    ] {
        let mut arguments: Vec<_> = command.split(' ').collect();
        arguments.push("--help");
        text.push_str(&format!("\n--- {command}\n{}", bare(&arguments).out));
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/help.txt");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&kept, &text).expect("written");
    }
    let known = std::fs::read_to_string(&kept).unwrap_or_default();
    assert_eq!(text, known, "accept with BLESS=1 cargo test -p jobs-cli");
}

async fn completions_and_manual_pages(place: Arc<Place>) {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = bare(&["completions", shell]);
        assert!(
            script.code == 0 && script.out.contains("enqueue"),
            "{shell}"
        );
    }
    assert!(bare(&["man"]).out.contains(".TH jobs"));
    let folder = place.folder().join("man");
    assert_eq!(bare(&["man", &folder.display().to_string()]).code, 0);
    assert!(folder.join("jobs-dead-retry.1").exists());
}

async fn health_and_speed(place: Arc<Place>) {
    assert_eq!(run(&place, &["migrate"]).await.code, 0);
    let findings = json(&place, &["doctor"]).await;
    let checks: Vec<_> = findings.as_array().expect("a list").iter().collect();
    for name in ["schema", "clocks", "indexes", "synchronous", "unknown jobs"] {
        let found = checks.iter().find(|check| check["check"] == name);
        assert_eq!(found.expect("looked at")["level"], "ok", "{name}");
    }
    let speed = json(&place, &["bench", "--jobs", "600"]).await;
    assert!(speed["drained_per_second"].as_f64().expect("a number") > 0.0);
    assert_eq!(
        json(&place, &["status"]).await["states"]["ready"]["count"],
        0
    );
    assert_eq!(run(&place, &["top"]).await.code, 2);
}
