//! `#[tx]` on SQLite. A worker refuses jobs that take another backend's transaction, so each has a binary of its own.

mod only_writer;
mod suite;

use jobs_tests::place::{Backend, trials};

/// Whose transactions the jobs of this binary take.
type Db = sqlx::Sqlite;
/// Its table of what jobs wrote.
const TABLE: &str = "CREATE TABLE written (n INTEGER NOT NULL)";

jobs::queues! { low, default }

fn main() {
    if suite::is_a_worker() {
        return;
    }
    let arguments = libtest_mimic::Arguments::from_args();
    let both = [Backend::File, Backend::Memory];
    let mut all = trials(&both, &[suite::TESTS]);
    all.extend(trials(
        &[Backend::File],
        &[suite::PROCESSES, only_writer::TESTS],
    ));
    all.extend(trials(&[Backend::Postgres], &[suite::ELSEWHERE]));
    libtest_mimic::run(&arguments, all).exit();
}
