//! Settings from a file: what a program says of them, and what a handle and its workers make of them.

mod errors;
#[path = "../../src/bin/worker_process/ledger.rs"]
mod ledger;
mod pools;
mod recurring;
mod signal;
mod work;

use jobs_tests::place::{Backend, trials};

jobs::queues! {
    critical(weight = 4),
    default(weight = 2),
    low(weight = 1),
}

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Memory, Backend::Postgres];
    let mut all = trials(&backends, &[pools::TESTS, recurring::TESTS]);
    all.extend(trials(
        &[Backend::File, Backend::Postgres],
        &[signal::TESTS],
    ));
    all.extend(trials(&[Backend::File], &[errors::TESTS]));
    libtest_mimic::run(&arguments, all).exit();
}
