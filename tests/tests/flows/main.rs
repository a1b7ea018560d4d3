//! Durable steps from end to end: what is stored, what is replayed, what waits without a slot.

mod bench;
mod children;
mod cursors;
mod events;
mod parks;
mod steps;

use jobs_tests::place::{Backend, trials};

jobs::queues! { low, default }

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Memory, Backend::Postgres];
    let tests = [
        children::TESTS,
        cursors::TESTS,
        events::TESTS,
        parks::TESTS,
        steps::TESTS,
    ];
    libtest_mimic::run(&arguments, trials(&backends, &tests)).exit();
}
