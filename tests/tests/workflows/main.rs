//! Chains, `jobs::all` and batches, as a program meets them.

mod batches;
mod cancelling;
mod chains;
mod drive;
mod races;

use jobs_tests::place::{Backend, trials};

jobs::queues! { low, default }

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Memory, Backend::Postgres];
    let tests = [
        chains::TESTS,
        batches::TESTS,
        cancelling::TESTS,
        races::TESTS,
    ];
    libtest_mimic::run(&arguments, trials(&backends, &tests)).exit();
}
