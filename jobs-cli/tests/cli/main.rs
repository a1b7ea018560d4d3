//! The binary over databases that library code has filled.

jobs::queues! {
    default,
    idle,
}

mod dead;
mod drive;
mod general;
mod hostile;
mod life;

use jobs_tests::place::{Backend, trials};

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let mut all = trials(
        &[Backend::File, Backend::Postgres],
        &[dead::TESTS, hostile::TESTS, life::TESTS],
    );
    all.extend(trials(&[Backend::File], &[general::TESTS]));
    libtest_mimic::run(&arguments, all).exit();
}
