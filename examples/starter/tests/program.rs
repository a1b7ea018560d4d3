//! The program that `jobs init` makes, as its user runs it. This file is the only one here that it does not make.

use std::{
    error::Error,
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_starter"));
    command.current_dir(folder).env_remove("DATABASE_URL");
    command
}

#[test]
fn a_job_that_one_process_stores_another_one_runs() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("starter");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("jobs.toml"), include_str!("../jobs.toml"))?;

    let stored = program(&folder).args(["welcome", "42"]).output()?;
    assert!(stored.status.success(), "{stored:?}");
    assert!(stored.stdout.starts_with(b"stored job "), "{stored:?}");
    assert!(folder.join("starter.db").exists());

    // Whatever it says, it ends: a worker that finds no job would wait for ever.
    let mut worker = Command::new("timeout")
        .args(["--foreground", "--preserve-status", "60"])
        .arg(env!("CARGO_BIN_EXE_starter"))
        .current_dir(&folder)
        .env_remove("DATABASE_URL")
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(worker.stdout.take().ok_or("no output")?).lines();
    let welcomed = lines.find(|line| line.as_ref().is_ok_and(|line| line == "welcome, user 42"));
    assert!(welcomed.is_some(), "the job did not run");
    // `timeout` passes the signal on; in the foreground once, while otherwise its group has it too, and a second one hurries.
    let pid = worker.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()?
            .success()
    );
    assert!(worker.wait()?.success(), "it drains and ends well");

    let wrong = program(&folder).arg("nonsense").output()?;
    assert!(!wrong.status.success());
    Ok(())
}
