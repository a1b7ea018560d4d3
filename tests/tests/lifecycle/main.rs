//! Whole lives of jobs, from the call that enqueues them to what is kept of them, on every backend.

mod enqueuing;
mod files;
mod letters;
mod now;
mod records;
mod transactions;
mod waiting;

use jobs_tests::place::{Backend, trials};

jobs::queues! { low, default }

/// Does nothing.
#[jobs::job]
async fn noop() {}

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Memory, Backend::Postgres];
    let tests = [
        enqueuing::TESTS,
        letters::TESTS,
        now::TESTS,
        records::TESTS,
        transactions::TESTS,
        waiting::TESTS,
    ];
    let mut all = trials(&backends, &tests);
    all.extend(trials(&[Backend::File], &[files::TESTS]));
    libtest_mimic::run(&arguments, all).exit();
}
