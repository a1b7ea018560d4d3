//! What is particular to Postgres. Without a server, a PgBouncer or an installed server, the tests that need one are reported as ignored.
#![allow(clippy::unwrap_used, missing_docs)]

mod claims;
mod cursor;
mod damaged;
mod fuzz;
mod keeping;
mod life;
mod make;
mod password;
mod pooler;
mod start;

pub(crate) use std::{
    borrow::Cow,
    future::Future,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

pub(crate) use chrono::Utc;
pub(crate) use futures_util::StreamExt;
pub(crate) use jobs::{
    Error, JobError, JobId, State,
    sqlx::{self, AssertSqlSafe, Connection, PgConnection, PgPool, Row as _},
    storage::{postgres::PostgresStorage, *},
};
pub(crate) use libtest_mimic::Trial;
pub(crate) use uuid::Uuid;

pub(crate) use self::{
    claims::*, cursor::*, damaged::*, fuzz::*, keeping::*, life::*, make::*, password::*,
    pooler::*, start::*,
};

pub(crate) const PGBOUNCER: &str = "/usr/sbin/pgbouncer";

pub(crate) const DAY: Duration = Duration::from_secs(86_400);

fn main() {
    let arguments = libtest_mimic::Arguments::from_args();
    let there = jobs_tests::postgres::server().is_some();
    let trials = TESTS.iter().map(|(name, test)| {
        let needed = (!name.contains("pgbouncer") || Path::new(PGBOUNCER).exists())
            && (!name.contains("initdb") || programs().is_some());
        let trial = Trial::test(*name, || {
            jobs_tests::run(test());
            Ok(())
        });
        trial.with_ignored_flag(!(there && needed))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

type Test = fn() -> jobs_tests::CaseFuture;

const TESTS: &[(&str, Test)] = &[
    (
        "jobs_live_in_postgres",
        || Box::pin(jobs_live_in_postgres()),
    ),
    (
        "jobs_live_behind_a_pgbouncer_with_its_default_settings",
        || Box::pin(jobs_live_behind_a_pgbouncer_with_its_default_settings()),
    ),
    ("workers_hear_of_each_other", || {
        Box::pin(workers_hear_of_each_other())
    }),
    ("sql_enqueues_with_the_jobs_own_settings", || {
        Box::pin(sql_enqueues_with_the_jobs_own_settings())
    }),
    (
        "sixteen_processes_may_start_at_once_on_an_empty_database",
        || Box::pin(sixteen_processes_may_start_at_once_on_an_empty_database()),
    ),
    (
        "what_is_wrong_at_connect_is_typed_and_shows_no_password",
        || Box::pin(what_is_wrong_at_connect_is_typed_and_shows_no_password()),
    ),
    ("a_schema_may_have_any_name", || {
        Box::pin(a_schema_may_have_any_name())
    }),
    ("records_are_filed_by_day_and_dropped_with_it", || {
        Box::pin(records_are_filed_by_day_and_dropped_with_it())
    }),
    ("claims_read_the_claim_index_and_are_hot_updates", || {
        Box::pin(claims_read_the_claim_index_and_are_hot_updates())
    }),
    (
        "a_silent_worker_is_lost_and_its_claims_are_handed_over",
        || Box::pin(a_silent_worker_is_lost_and_its_claims_are_handed_over()),
    ),
    ("claims_whose_answer_was_lost_are_undone", || {
        Box::pin(claims_whose_answer_was_lost_are_undone())
    }),
    (
        "a_process_has_at_most_four_connections_and_survives_their_loss",
        || Box::pin(a_process_has_at_most_four_connections_and_survives_their_loss()),
    ),
    (
        "many_claimers_share_and_none_gets_more_than_it_asked_for",
        || Box::pin(many_claimers_share_and_none_gets_more_than_it_asked_for()),
    ),
    ("a_pgbouncer_that_ignores_our_mark_is_found_out_too", || {
        Box::pin(a_pgbouncer_that_ignores_our_mark_is_found_out_too())
    }),
    (
        "sql_callers_cannot_store_times_that_nobody_can_read",
        || Box::pin(sql_callers_cannot_store_times_that_nobody_can_read()),
    ),
    (
        "sql_arguments_of_any_kind_are_refused_or_can_be_read",
        || Box::pin(sql_arguments_of_any_kind_are_refused_or_can_be_read()),
    ),
    ("a_damaged_row_stops_no_other", || {
        Box::pin(a_damaged_row_stops_no_other())
    }),
    ("initdb_a_wrong_password_is_typed_and_shown_nowhere", || {
        Box::pin(initdb_a_wrong_password_is_typed_and_shown_nowhere())
    }),
    (
        "behind_many_running_jobs_no_earlier_one_is_overlooked",
        || Box::pin(behind_many_running_jobs_no_earlier_one_is_overlooked()),
    ),
    ("ready_jobs_are_announced_to_sleepers_alone", || {
        Box::pin(ready_jobs_are_announced_to_sleepers_alone())
    }),
    ("every_statement_says_what_goes_in", || {
        Box::pin(every_statement_says_what_goes_in())
    }),
];
