//! A program's own binary, which knows its jobs: this test's binary, called with a variable.

use std::{
    process::{Command, ExitCode},
    sync::Arc,
};

use jobs_tests::{place::Place, tests};
use serde_json::{Value, json};

use crate::drive::{Run, bare};

/// Set where this process is to be such a binary.
const OWN: &str = "JOBS_TEST_OWN_BINARY";

tests!(
    the_lock_is_written_and_compared,
    a_file_of_settings_is_checked_without_a_database,
);

#[jobs::job(aliases("LockedOnce"))]
async fn locked(card: String, #[arg(default)] note: Option<String>) {
    drop((card, note));
}

/// What the process is instead of tests, if it is asked to.
pub(crate) fn instead() -> Option<ExitCode> {
    std::env::var_os(OWN)?;
    Some(jobs::cli::offline().expect("only commands that need no database"))
}

pub(crate) fn own(arguments: &[&str]) -> Run {
    let output = Command::new(std::env::current_exe().expect("a path"))
        .args(arguments)
        .env(OWN, "1")
        .output()
        .expect("it runs");
    Run {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

async fn the_lock_is_written_and_compared(place: Arc<Place>) {
    let path = place.folder().join("jobs.lock");
    let file = path.display().to_string();
    let check = ["lock", "--check", "--json", "--file", &file];

    let missing = own(&check);
    assert_eq!(missing.code, 1, "{}", missing.err);
    assert_eq!(own(&["lock", "--file", &file]).code, 0);
    let same = own(&check);
    assert_eq!((same.code, &same.json()["changes"]), (0, &json!([])));

    let text = std::fs::read_to_string(&path).expect("it was written");
    let written: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        written["jobs"]["Locked"],
        json!({
            "version": 1,
            "upcast": false,
            "aliases": ["LockedOnce"],
            "fields": {
                "card": { "type": "String", "required": true },
                "note": { "type": "Option<String>", "required": false },
            },
        })
    );

    // As if the code had been otherwise when the file was written.
    let mut before = written.clone();
    let fields = &mut before["jobs"]["Locked"]["fields"];
    fields["card"]["type"] = json!("u64");
    std::fs::write(&path, before.to_string()).expect("written");
    let broken = own(&check);
    assert_eq!(broken.code, 6, "{}", broken.err);
    let change = &broken.json()["changes"][0];
    assert_eq!(
        (&change["job"], &change["field"]),
        (&json!("Locked"), &json!("card"))
    );
    assert!(
        change["remedy"]
            .as_str()
            .is_some_and(|remedy| remedy.contains("version = 2"))
    );
    let told = own(&["lock", "--check", "--file", &file]);
    assert!(
        told.out.contains("Locked.card") && told.code == 6,
        "{}",
        told.out
    );

    let mut before = written;
    before["jobs"]["Locked"]["fields"]
        .as_object_mut()
        .expect("an object")
        .remove("note");
    std::fs::write(&path, before.to_string()).expect("written");
    let harmless = own(&check);
    assert_eq!(harmless.code, 0, "{}", harmless.out);
    assert_eq!(harmless.json()["changes"][0]["field"], "note");

    std::fs::write(&path, "no lock").expect("written");
    assert_eq!(own(&check).code, 1);
    assert_eq!(bare(&["lock"]).code, 2, "the binary `jobs` knows no jobs");
}

async fn a_file_of_settings_is_checked_without_a_database(place: Arc<Place>) {
    let path = place.folder().join("jobs.toml");
    let file = path.display().to_string();
    std::fs::write(&path, "[pools.main]\nqueues = [\"default\"]\n").expect("written");
    assert_eq!(bare(&["check", &file]).code, 0);
    assert_eq!(own(&["check", &file]).code, 0);

    let wrong = "[pools.main]\nconcurency = 10\nqueues = [\"defualt\"]\n\n\
                 [recurring.Lockd]\ncron = \"61 * * * *\"\n";
    std::fs::write(&path, wrong).expect("written");
    let run = bare(&["--json", "check", &file]);
    assert_eq!(run.code, 6, "{}", run.err);
    let lines = |run: &Run| -> Vec<u64> {
        let problems = run.json()["problems"].as_array().expect("a list").clone();
        let lines = problems.iter().map(|problem| problem["line"].as_u64());
        lines.map(|line| line.expect("a line")).collect()
    };
    assert_eq!(lines(&run), [2, 6], "{}", run.out);
    // The program knows its queues and jobs besides.
    let run = own(&["--json", "check", &file]);
    assert_eq!(
        (run.code, lines(&run)),
        (6, vec![2, 3, 5, 6]),
        "{}",
        run.out
    );
    let told = own(&["check", &file]);
    assert!(
        told.out.contains(":3:") && told.out.contains("`default`"),
        "{}",
        told.out
    );

    let missing = place.folder().join("none.toml").display().to_string();
    assert_eq!(bare(&["check", &missing]).code, 1);
}
