//! The dashboard without a browser, on every backend: who is let in, what is refused, what is shown of hostile texts.

jobs::queues! {
    default,
    odd,
}

mod actions;
mod answers;
mod batches;
mod client;
mod forms;
mod health;
mod hostile;
mod queries;
mod refused;
mod statements;

use jobs_tests::place::{Backend, trials};

fn main() {
    if statements::instead() {
        return;
    }
    let arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Memory, Backend::Postgres];
    let tests = [
        actions::TESTS,
        answers::TESTS,
        batches::TESTS,
        forms::TESTS,
        health::TESTS,
        hostile::TESTS,
        refused::TESTS,
        statements::TESTS,
    ];
    let mut all = trials(&backends, &tests);
    // What an address says is read before a database is asked.
    all.extend(trials(&[Backend::Memory], &[queries::TESTS]));
    libtest_mimic::run(&arguments, all).exit();
}
