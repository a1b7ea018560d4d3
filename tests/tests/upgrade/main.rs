//! Databases of older schemas, migrated and drained by the code of today; and workers that run while tables change.
//!
//! `WRITE_FIXTURES=1 cargo test -p jobs-tests --test upgrade` writes the fixtures anew; see `tests/fixtures/README.md`.

mod drain;
mod fill;
mod fixture;
mod steps;
mod work;

use jobs_tests::place::{Backend, trials};

jobs::queues! { default, later, idle }

fn main() {
    let mut arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Postgres];
    let tests = match std::env::var_os("WRITE_FIXTURES") {
        Some(_) => {
            // What jobs do meanwhile is one for the whole process.
            arguments.test_threads = Some(1);
            [fill::TESTS].to_vec()
        }
        None => [drain::TESTS, steps::TESTS].to_vec(),
    };
    libtest_mimic::run(&arguments, trials(&backends, &tests)).exit();
}
