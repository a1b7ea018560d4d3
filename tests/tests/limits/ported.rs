//! What the suites of others ask of them, by behaviour. Most of it is asked elsewhere in this binary:
//!
//! | Solid Queue, `concurrency_controls_test` | here |
//! |---|---|
//! | conflicting jobs over one record do not overlap | `slots::no_more_than_the_limit` |
//! | scheduled conflicting jobs run one after the other | `scheduled_ones_do_not_overlap` |
//! | a limit above one | `slots::no_more_than_the_limit` |
//! | one after the other, with some of them failing | `failures_in_between_hold_up_nobody` |
//! | the dispatcher unblocks what waits beside a free or an expired semaphore | nothing waits so: `conformance::limits::invariants_hold`; a slot does not expire: `process::limits` |
//! | released claims do not block | `slots::put_back_at_shutdown_frees` |
//! | a transaction goes on after a conflict | `a_transaction_goes_on_after_a_conflict` |
//! | discard: of one key, of several, up to the limit, in bulk | `slots::excess_is_discarded`, `discard_keeps_to_key_and_limit` |
//!
//! | Solid Queue, `recurring_tasks_test` | here |
//! |---|---|
//! | enqueue and run periodic tasks | `recurring::in_code::a_tick_runs_the_job_as_it_is_declared` |
//! | once for several dispatchers | `recurring::in_code::several_schedulers_make_each_tick_once`, `process::ticks` |
//! | persist, update and delete tasks | `recurring::dynamic::made_changed_and_removed`, `recurring::in_code::code_that_is_gone_leaves_an_orphan` |
//! | run a task by hand | `recurring::dynamic::it_runs_at_once_when_told` |
//! | a task whose job conflicts | `unique_doors::by_the_clock` |
//! | a wrong schedule or class is refused | the compiler (`ui-tests/fail/recurring`), `recurring::dynamic::what_cannot_run_is_refused` |
//!
//! | sidekiq-unique-jobs, its README's locks and conflicts | here |
//! |---|---|
//! | `until_executing`, and locked again on an error | `unique::executing_is_free_at_the_start`, `unique::a_retry_of_executing_waits_for_its_key` |
//! | `until_executed`, kept while it retries | `unique::one_of_a_key_at_a_time`, `unique::executed_is_kept_across_retries`, `unique::every_end_frees` |
//! | `until_expired` | `unique::expired_outlives_the_record` |
//! | `while_executing` | `slots::while_executing_runs_one_by_one` |
//! | `until_and_while_executing` | `free_at_the_start_and_still_one_by_one` |
//! | `lock_ttl`, `lock_args_method` | `unique::a_time_to_live_bounds_the_rest`, `unique::by_what_it_says` |
//! | `log`, `raise`, `reject`, `replace`, `reschedule` | `unique_conflicts`; meaningless pairs: `ui-tests/fail/limits/pairs.rs` |
//! | orphans are reaped; released on death | `process::limits`, `unique::every_end_frees` |

use std::{sync::Arc, time::Duration};

use jobs::{JobHandle, State, job};
use jobs_tests::{
    place::{Backend, Place, until},
    tests,
};

use crate::drive::{Gate, connect, reaches};

tests!(
    scheduled_ones_do_not_overlap,
    failures_in_between_hold_up_nobody,
    a_transaction_goes_on_after_a_conflict,
    discard_keeps_to_key_and_limit,
    free_at_the_start_and_still_one_by_one,
);

async fn done(handles: Vec<JobHandle<()>>) {
    for handle in handles {
        let within = Duration::from_secs(15);
        handle.result_within(within).await.expect("done");
    }
}

#[job(concurrency(limit = 1, key = record))]
async fn append(record: u32, label: u32, #[state] gate: &Gate) {
    gate.pass(&format!("record {record}"), &label.to_string())
        .await;
}

async fn scheduled_ones_do_not_overlap(place: Arc<Place>) {
    let gate = Gate::new(true);
    let jobs = connect(&place, &gate).await;
    let worker = jobs.worker().concurrency(5).start().await.expect("started");
    let mut all = Vec::new();
    for label in 0..5 {
        let job = Append::perform_later(1, label)
            .wait(Duration::from_millis(10))
            .on(&jobs);
        all.push(job.await.expect("new"));
    }
    done(all).await;
    assert_eq!((gate.of("record 1").most, gate.of("record 1").ever), (1, 5));
    worker.stop().await.expect("stopped");
}

#[job(concurrency(limit = 1, key = record), retry = false)]
async fn append_if_even(record: u32, label: u32, #[state] gate: &Gate) -> Result<(), String> {
    gate.pass(&format!("record {record}"), &label.to_string())
        .await;
    if label.is_multiple_of(2) {
        Ok(())
    } else {
        Err(format!("{label} is odd"))
    }
}

async fn failures_in_between_hold_up_nobody(place: Arc<Place>) {
    let gate = Gate::new(true);
    let jobs = connect(&place, &gate).await;
    let many = (0..10).map(|label| AppendIfEven { record: 2, label });
    let all = jobs::perform_all_later(many)
        .on(&jobs)
        .await
        .expect("stored");
    let worker = jobs.worker().concurrency(5).start().await.expect("started");
    for (label, job) in all.into_iter().enumerate() {
        let state = [State::Succeeded, State::Discarded][label % 2];
        reaches(&jobs, job.id(), state).await;
    }
    let order: Vec<String> = (0..10).map(|label| label.to_string()).collect();
    assert_eq!((gate.of("record 2").most, gate.order()), (1, order));
    worker.stop().await.expect("stopped");
}

#[job(unique(by = [record]))]
async fn claim_record(record: u32, label: u32) {
    let _ = (record, label);
}

async fn a_transaction_goes_on_after_a_conflict(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let held = ClaimRecord::perform_later(1, 0)
        .on(&jobs)
        .await
        .expect("new");
    let enqueue = |record, label| ClaimRecord::perform_later(record, label).on(&jobs);
    let (second, third) = if place.backend == Backend::Postgres {
        let mut tx = jobs.begin::<sqlx::Postgres>().await.expect("begun");
        let second = enqueue(1, 1).in_transaction(&mut tx).await.expect("held");
        let third = enqueue(2, 2).in_transaction(&mut tx).await.expect("new");
        tx.commit().await.expect("committed");
        (second, third)
    } else {
        let mut tx = jobs.begin::<sqlx::Sqlite>().await.expect("begun");
        let second = enqueue(1, 1).in_transaction(&mut tx).await.expect("held");
        let third = enqueue(2, 2).in_transaction(&mut tx).await.expect("new");
        tx.commit().await.expect("committed");
        (second, third)
    };
    assert_eq!((second.id(), second.was_duplicate()), (held.id(), true));
    assert!(!third.was_duplicate());
    let record = jobs.get(third.id()).await.expect("read").expect("kept");
    assert_eq!(record.state, State::Ready);
}

#[job(concurrency(limit = 2, key = record, on_conflict = "discard"))]
async fn at_most_two(record: u32, #[state] gate: &Gate) {
    gate.pass(&format!("two of {record}"), "").await;
}

async fn discard_keeps_to_key_and_limit(place: Arc<Place>) {
    let gate = Gate::new(false);
    let jobs = connect(&place, &gate).await;
    let many = (0..8).map(|n| AtMostTwo { record: n % 2 });
    let all: Vec<_> = jobs::perform_all_later(many)
        .on(&jobs)
        .await
        .expect("stored")
        .into_iter()
        .collect();
    let worker = jobs.worker().concurrency(8).start().await.expect("started");
    until("two of each run and the others are discarded", async || {
        let mut discarded = 0;
        for job in &all {
            discarded += usize::from(job.state().await.expect("known") == State::Discarded);
        }
        discarded == 4 && gate.of("two of 0").now == 2 && gate.of("two of 1").now == 2
    })
    .await;
    gate.open();
    for job in &all {
        let end = job.result_within(Duration::from_secs(15)).await;
        assert!(
            !matches!(end, Err(jobs::Error::NotYet { .. })),
            "it goes on"
        );
    }
    let again = AtMostTwo::perform_later(1).on(&jobs).await.expect("new");
    again
        .result_within(Duration::from_secs(15))
        .await
        .expect("there is room again");
    assert_eq!((gate.of("two of 0").ever, gate.of("two of 1").ever), (2, 3));
    worker.stop().await.expect("stopped");
}

#[job(unique(by = [record], until = executing), concurrency(limit = 1, key = record))]
async fn one_waits_one_runs(record: u32, #[state] gate: &Gate) {
    gate.pass(&format!("one of {record}"), "").await;
}

async fn free_at_the_start_and_still_one_by_one(place: Arc<Place>) {
    let gate = Gate::new(false);
    let jobs = connect(&place, &gate).await;
    let worker = jobs.worker().concurrency(3).start().await.expect("started");
    let enqueue = async || {
        OneWaitsOneRuns::perform_later(1)
            .on(&jobs)
            .await
            .expect("stored")
    };
    let first = enqueue().await;
    until("the first runs", async || gate.of("one of 1").now == 1).await;
    let second = enqueue().await;
    assert!(!second.was_duplicate(), "the key is free at the start");
    reaches(&jobs, second.id(), State::Blocked).await;
    let third = enqueue().await;
    assert_eq!(
        (third.id(), third.was_duplicate()),
        (second.id(), true),
        "what waits holds it"
    );
    gate.open();
    done(vec![first, second]).await;
    assert_eq!((gate.of("one of 1").most, gate.of("one of 1").ever), (1, 2));
    worker.stop().await.expect("stopped");
}
