//! Runs the binary.

use std::process::Command;

use jobs_tests::place::Place;
use serde_json::Value;

/// How a run ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// What it printed as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.out, self.err))
    }
}

/// Without a database of its own.
pub(crate) fn bare(arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jobs"));
    for name in [
        "DATABASE_URL",
        "JOBS_DATABASE_URL",
        "JOBS_SCHEMA",
        "JOBS_TABLE_PREFIX",
    ] {
        command.env_remove(name);
    }
    let output = command
        .args(arguments)
        .env("JOBS_ACTOR", "ann")
        .output()
        .expect("it runs");
    Run {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// On a test's database.
pub(crate) async fn jobs(place: &Place, arguments: &[&str]) -> Run {
    let own = ["--database-url", &place.url, "--schema", &place.schema];
    let all: Vec<String> = own
        .iter()
        .chain(arguments)
        .map(|argument| (*argument).to_owned())
        .collect();
    let run = move || bare(&all.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.expect("it runs")
}

/// The same, which must end well; what it printed as JSON.
pub(crate) async fn json(place: &Place, arguments: &[&str]) -> Value {
    let mut all = vec!["--json"];
    all.extend(arguments);
    let run = jobs(place, &all).await;
    assert_eq!(run.code, 0, "{arguments:?}: {} {}", run.out, run.err);
    run.json()
}
