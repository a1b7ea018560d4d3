//! The binary over databases that library code has filled.

jobs::queues! {
    default,
    idle,
}

mod dead;
mod drive;
mod general;
mod hostile;
mod init;
mod life;
mod own;
mod web;
#[cfg(unix)]
mod worker;

use std::process::ExitCode;

use jobs_tests::place::{Backend, trials};

fn main() -> ExitCode {
    if let Some(code) = own::instead() {
        return code;
    }
    #[cfg(unix)]
    if let Some(code) = worker::instead() {
        return code;
    }
    let arguments = libtest_mimic::Arguments::from_args();
    let mut all = trials(
        &[Backend::File, Backend::Postgres],
        &[dead::TESTS, hostile::TESTS, life::TESTS, web::TESTS],
    );
    all.extend(trials(
        &[Backend::File],
        &[general::TESTS, init::TESTS, own::TESTS],
    ));
    #[cfg(unix)]
    all.extend(trials(
        &[Backend::File, Backend::Postgres],
        &[worker::TESTS],
    ));
    libtest_mimic::run(&arguments, all).exit_code()
}
