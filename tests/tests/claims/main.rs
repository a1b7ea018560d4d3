//! Which jobs a worker takes, and when: weights, order, what it fetches in advance, and what it gives back.

mod ahead;
mod log;
mod shares;

use jobs_tests::place::{Backend, trials};

jobs::queues! {
    critical(weight = 4),
    high(weight = 3),
    default(weight = 2),
    low(weight = 1),
}

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Memory, Backend::Postgres];
    let tests = [shares::TESTS, ahead::TESTS];
    libtest_mimic::run(&arguments, trials(&backends, &tests)).exit();
}
