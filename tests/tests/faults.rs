//! The quick cells of the fault matrix; `cargo run -p jobs-tests --bin faults` runs all of them.
#![allow(missing_docs, reason = "a test")]

use std::process::Command;

use libtest_mimic::{Arguments, Trial};

const PROGRAM: &str = env!("CARGO_BIN_EXE_faults");

fn main() {
    let mut arguments = Arguments::from_args();
    // Each has half a dozen processes of its own.
    arguments.test_threads = arguments.test_threads.or(Some(3));
    let list = Command::new(PROGRAM).args(["--quick", "--list"]).output();
    let list = list.expect("the cells are listed").stdout;
    let names: Vec<String> = String::from_utf8_lossy(&list)
        .lines()
        .map(str::to_owned)
        .collect();
    let has_server = std::path::Path::new("/usr/lib/postgresql").exists();
    let trials = names.into_iter().map(|name| {
        let there = has_server || !name.starts_with("postgres::");
        let trial = Trial::test(name.clone(), move || run(&name));
        trial.with_ignored_flag(!there)
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

fn run(name: &str) -> Result<(), libtest_mimic::Failed> {
    let ran = Command::new(PROGRAM).args(["--only", name]).output()?;
    let said = String::from_utf8_lossy(&ran.stdout);
    match ran.status.success() && !said.contains("skipped ") {
        true => Ok(()),
        false => Err(said.into_owned().into()),
    }
}
