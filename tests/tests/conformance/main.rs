//! The contract of `Storage`, case by case, against every backend.

mod cancel;
mod checkpoints;
mod claim;
mod declare;
mod finish;
mod groups;
mod handles;
mod hostile;
mod insert;
mod inspect;
mod letters;
mod limits;
mod look;
mod lost;
mod model;
mod parks;
mod postgres;
mod promote;
mod prune;
mod queues;
mod recurring;
mod sqlite;
mod telemetry;
mod unblock;
mod workers;

use jobs_tests::{Case, exercise};

const ALL: &[&[Case]] = &[
    cancel::CASES,
    checkpoints::CASES,
    claim::CASES,
    declare::CASES,
    finish::CASES,
    groups::CASES,
    handles::CASES,
    hostile::CASES,
    insert::CASES,
    letters::CASES,
    limits::CASES,
    look::CASES,
    lost::CASES,
    model::CASES,
    parks::CASES,
    promote::CASES,
    prune::CASES,
    queues::CASES,
    recurring::CASES,
    telemetry::CASES,
    unblock::CASES,
    workers::CASES,
];

/// All of it but what operators see.
const OF_THE_MODEL: &[&[Case]] = ALL;

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let mut trials = exercise("sqlite_file", Some(sqlite::file), ALL);
    trials.extend(exercise("sqlite_memory", Some(sqlite::memory), ALL));
    trials.extend(exercise("sqlite_file", Some(sqlite::file), inspect::CASES));
    trials.extend(exercise(
        "sqlite_memory",
        Some(sqlite::memory),
        inspect::CASES,
    ));
    trials.extend(exercise(
        "sqlite_only",
        Some(sqlite::file),
        &[sqlite::CASES],
    ));
    trials.extend(exercise(
        "model",
        Some(jobs_tests::model::database),
        OF_THE_MODEL,
    ));
    let server = jobs_tests::postgres::server();
    let schema = server.map(|_| postgres::schema as jobs_tests::Factory);
    trials.extend(exercise("postgres", schema, ALL));
    trials.extend(exercise("postgres", schema, inspect::CASES));
    libtest_mimic::run(&arguments, trials).exit();
}
