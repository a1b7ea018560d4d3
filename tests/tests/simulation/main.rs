//! A bounded number of simulations; `cargo run -p jobs-tests --bin simulate -- --seeds N` plays any number.
#![allow(missing_docs, reason = "a test")]

use std::process::Command;

use libtest_mimic::{Arguments, Trial};

const PROGRAM: &str = env!("CARGO_BIN_EXE_simulate");
/// Two of each weather.
const SEEDS: &str = "10";

fn main() {
    let arguments = Arguments::from_args();
    let trial = Trial::test("nothing_is_lost_under_faults", || {
        let ran = Command::new(PROGRAM).args(["--seeds", SEEDS]).output()?;
        match ran.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&ran.stdout).into_owned().into()),
        }
    });
    libtest_mimic::run(&arguments, vec![trial]).exit();
}
