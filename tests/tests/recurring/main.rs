//! Recurring tasks and queue control through the whole runtime, on every backend.

mod dynamic;
mod in_code;
mod queues;
mod work;

use jobs_tests::place::{Backend, trials};

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Memory, Backend::Postgres];
    let all = trials(&backends, &[dynamic::TESTS, in_code::TESTS, queues::TESTS]);
    libtest_mimic::run(&arguments, all).exit();
}
