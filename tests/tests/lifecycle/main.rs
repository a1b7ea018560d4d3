//! The life of jobs and workers from end to end: what is enqueued, run, stopped, cancelled, taken over, and what is
//! kept of it.

mod bench;
mod cancelling;
mod ends;
mod enqueuing;
mod files;
mod going;
mod hooks;
mod letters;
mod logs;
mod now;
mod panics;
mod records;
mod stopping;
mod take_over;
mod transactions;
mod values;
mod waiting;

use jobs_tests::place::{Backend, trials};
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};

jobs::queues! { low, other, default }

/// Does nothing.
#[jobs::job]
async fn noop() {}

fn main() {
    tracing_subscriber::registry()
        .with(jobs::logs::layer())
        .init();
    let arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Memory, Backend::Postgres];
    let tests = [
        cancelling::TESTS,
        ends::TESTS,
        enqueuing::TESTS,
        hooks::TESTS,
        letters::TESTS,
        logs::TESTS,
        now::TESTS,
        panics::TESTS,
        records::TESTS,
        stopping::TESTS,
        take_over::TESTS,
        transactions::TESTS,
        values::TESTS,
        waiting::TESTS,
    ];
    let mut all = trials(&backends, &tests);
    all.extend(trials(&[Backend::File], &[files::TESTS]));
    all.extend(trials(&[Backend::Memory], &[going::TESTS]));
    libtest_mimic::run(&arguments, all).exit();
}
