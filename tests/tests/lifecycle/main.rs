//! Whole lives of jobs, from the call that enqueues them to what is kept of them, on every backend.

mod letters;

use jobs_tests::place::{Backend, trials};

jobs::queues! { default }

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Memory, Backend::Postgres];
    let tests = [letters::TESTS];
    libtest_mimic::run(&arguments, trials(&backends, &tests)).exit();
}
