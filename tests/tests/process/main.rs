//! Real worker processes: killed, stopped, signalled, and sixteen at once.

mod children;
mod crash;
#[path = "../../src/bin/worker_process/ledger.rs"]
mod ledger;
mod limits;
mod promise;
mod signals;
mod ticks;

use jobs_tests::place::{Backend, trials};

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let backends = [Backend::File, Backend::Postgres];
    let tests = [
        crash::TESTS,
        limits::TESTS,
        promise::TESTS,
        signals::TESTS,
        ticks::TESTS,
    ];
    let mut all = trials(&backends, &tests);
    all.extend(trials(&[Backend::Postgres], &[crash::LEASES]));
    all.extend(trials(&[Backend::File], &[crash::LOCKS]));
    libtest_mimic::run(&arguments, all).exit();
}
