//! The life of jobs and workers from end to end: what is enqueued, run, stopped, cancelled, taken over.

mod bench;
mod panics;

use jobs_tests::place::{Backend, trials};

jobs::queues! { low, other, default }

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Memory, Backend::Postgres];
    let tests = [panics::TESTS];
    libtest_mimic::run(&arguments, trials(&backends, &tests)).exit();
}
