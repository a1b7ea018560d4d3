//! The life of jobs and workers from end to end: what is enqueued, run, stopped, cancelled, taken over.

mod bench;
mod cancelling;
mod ends;
mod hooks;
mod panics;
mod stopping;
mod take_over;

use jobs_tests::place::{Backend, trials};

jobs::queues! { low, other, default }

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Memory, Backend::Postgres];
    let tests = [
        cancelling::TESTS,
        ends::TESTS,
        hooks::TESTS,
        panics::TESTS,
        stopping::TESTS,
        take_over::TESTS,
    ];
    libtest_mimic::run(&arguments, trials(&backends, &tests)).exit();
}
