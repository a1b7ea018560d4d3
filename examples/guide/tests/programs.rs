//! The guide's programs: each runs on an empty folder, and once it was killed, wherever that was, it goes on and its own
//! check of the outcome holds.

use std::{
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

const PROGRAMS: [&str; 4] = [
    env!("CARGO_BIN_EXE_aggregate_metrics"),
    env!("CARGO_BIN_EXE_aggregate_metrics_flow"),
    env!("CARGO_BIN_EXE_batch_process_orders"),
    env!("CARGO_BIN_EXE_export_report"),
];

fn start(program: &str, folder: &Path) -> Child {
    Command::new(program)
        .env("GUIDE_OUT", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

/// Every wait in the programs is bounded, so this ends.
fn run(program: &str, folder: &Path) -> Duration {
    let began = Instant::now();
    let output = start(program, folder).wait_with_output();
    let Output {
        status,
        stdout,
        stderr,
    } = output.expect("it ends");
    let (said, wrong) = (
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr),
    );
    assert!(
        status.success() && !said.is_empty(),
        "{program}: {said}{wrong}"
    );
    began.elapsed()
}

#[test]
fn each_runs_on_an_empty_folder_and_again() {
    for program in PROGRAMS {
        let folder = tempfile::tempdir().expect("a folder");
        run(program, folder.path());
        run(program, folder.path());
    }
}

/// Begun anew `JOBS_ROUNDS` times, three unless that says otherwise; in each round it is killed three times before it may
/// come to its end.
#[test]
fn killed_anywhere_each_goes_on() {
    let said = std::env::var("JOBS_ROUNDS").ok();
    let rounds: u32 = said.and_then(|said| said.parse().ok()).unwrap_or(3);
    for program in PROGRAMS {
        let whole = run(program, tempfile::tempdir().expect("a folder").path());
        let mut under_way = 0;
        for round in 0..rounds {
            let folder = tempfile::tempdir().expect("a folder");
            for kill in 0..3 {
                let mut child = start(program, folder.path());
                // Spread over the time that the program takes, with another offset at each kill.
                let share = f64::from((round * 3 + kill) * 7 % (rounds * 3)) + 0.5;
                std::thread::sleep(whole.mul_f64(share / f64::from(rounds * 3)));
                under_way += u32::from(child.try_wait().expect("asked").is_none());
                child.kill().expect("killed");
                child.wait().expect("it has ended");
            }
            run(program, folder.path());
        }
        assert!(under_way > 0, "{program}: every kill came too late");
    }
}
