//! `#[tx]` on Postgres. A worker refuses jobs that take another backend's transaction, so each has a binary of its own.

mod suite;

use jobs_tests::place::{Backend, trials};

/// Whose transactions the jobs of this binary take.
type Db = sqlx::Postgres;
/// Its table of what jobs wrote.
const TABLE: &str = "CREATE TABLE written (n bigint NOT NULL)";

jobs::queues! { low, default }

fn main() {
    if suite::is_a_worker() {
        return;
    }
    let arguments = libtest_mimic::Arguments::from_args();
    let mut all = trials(&[Backend::Postgres], &[suite::TESTS, suite::PROCESSES]);
    all.extend(trials(&[Backend::File], &[suite::ELSEWHERE]));
    libtest_mimic::run(&arguments, all).exit();
}
