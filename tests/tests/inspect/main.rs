//! `jobs.inspect()` over a real worker, on every backend.

jobs::queues! {
    default,
    idle,
}

mod actions;
mod seen;
mod workers;

use jobs_tests::place::{Backend, trials};

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Memory, Backend::Postgres];
    let tests = [actions::TESTS, seen::TESTS, workers::TESTS];
    libtest_mimic::run(&arguments, trials(&backends, &tests)).exit();
}
