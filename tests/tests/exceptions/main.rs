//! What becomes of jobs that fail: the meanings of Active Job's own tests of exceptions, and what Rust adds to them.

mod cap;
mod drive;
mod ends;
mod errors;
mod returned;
mod rules;
mod waits;

use jobs_tests::place::{Backend, trials};

jobs::queues! { low, default }

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Memory, Backend::Postgres];
    let tests = [rules::TESTS, waits::TESTS, ends::TESTS, returned::TESTS];
    let mut trials_of_all = trials(&backends, &tests);
    trials_of_all.extend(trials(&[Backend::Memory], &[cap::TESTS]));
    libtest_mimic::run(&arguments, trials_of_all).exit();
}
