//! Unique keys, concurrency limits and rate limits, as a program meets them.

mod drive;
mod ported;
mod rates;
mod slots;
mod unique;
mod unique_conflicts;
mod unique_doors;

use jobs_tests::place::{Backend, trials};

jobs::queues! { low, default }

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Memory, Backend::Postgres];
    let tests = [
        unique::TESTS,
        unique_conflicts::TESTS,
        unique_doors::TESTS,
        slots::TESTS,
        rates::TESTS,
        ported::TESTS,
    ];
    let mut all = trials(&backends, &tests);
    all.extend(trials(&[Backend::Postgres], &[unique_doors::POSTGRES]));
    libtest_mimic::run(&arguments, all).exit();
}
