//! Concurrency limits: never more than so many, never one that waits while there is room.

use std::{sync::Arc, time::Duration};

use jobs::{BoxError, JobContext, JobHandle, Jobs, State, job};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use crate::drive::{Gate, connect, reaches, record};

tests!(
    no_more_than_the_limit,
    the_rest_goes_on_in_order,
    keys_do_not_meet,
    a_group_joins_types,
    every_end_gives_the_slot_back,
    a_cancelled_waiter_strands_nobody,
    put_back_at_shutdown_frees,
    excess_is_discarded,
    while_executing_runs_one_by_one,
    a_tenant_with_many_does_not_hold_up_others,
    keys_take_turns,
    two_limits_at_once,
);

#[job(concurrency(limit = 2, key = account))]
async fn pull_account(account: String, label: String, #[state] gate: &Gate) {
    gate.pass(&account, &label).await;
}

async fn enqueue(jobs: &Jobs, account: &str, labels: std::ops::Range<u32>) -> Vec<JobHandle<()>> {
    let many = labels.map(|label| PullAccount {
        account: account.to_owned(),
        label: label.to_string(),
    });
    jobs::perform_all_later(many)
        .on(jobs)
        .await
        .expect("stored")
        .into_iter()
        .collect()
}

async fn all_done(handles: Vec<JobHandle<()>>) {
    for handle in handles {
        handle
            .result_within(Duration::from_secs(15))
            .await
            .expect("done");
    }
}

async fn no_more_than_the_limit(place: Arc<Place>) {
    let gate = Gate::new(false);
    let handles = [connect(&place, &gate).await, connect(&place, &gate).await];
    let jobs = enqueue(&handles[0], "a", 0..20).await;
    let mut workers = Vec::new();
    for jobs in &handles {
        workers.push(jobs.worker().concurrency(8).start().await.expect("started"));
    }
    until("two run and the others are blocked", async || {
        let mut blocked = 0;
        for job in &jobs {
            blocked += usize::from(job.state().await.expect("known") == State::Blocked);
        }
        gate.of("a").now == 2 && blocked == 18
    })
    .await;
    let mut reasons = Vec::new();
    for job in &jobs {
        reasons.extend(record(&handles[0], job.id()).await.reason);
    }
    assert_eq!(reasons, vec!["concurrency limit"; 18]);
    gate.open();
    all_done(jobs).await;
    assert_eq!(
        gate.of("a"),
        crate::drive::Seen {
            now: 0,
            most: 2,
            ever: 20
        }
    );
    for worker in workers {
        worker.stop().await.expect("stopped");
    }
}

#[job(concurrency(limit = 1))]
async fn one_by_one(label: u32, #[state] gate: &Gate) {
    gate.pass("one_by_one", &label.to_string()).await;
}

async fn the_rest_goes_on_in_order(place: Arc<Place>) {
    let gate = Gate::new(false);
    let jobs = connect(&place, &gate).await;
    let first = OneByOne::perform_later(0).on(&jobs).await.expect("new");
    let worker = jobs.worker().concurrency(4).start().await.expect("started");
    until("the first runs", async || gate.of("one_by_one").now == 1).await;
    let mut rest = vec![first];
    for (label, priority) in [(3, 5), (1, -5), (2, 0), (4, 5)] {
        rest.push(
            OneByOne::perform_later(label)
                .priority(priority)
                .on(&jobs)
                .await
                .expect("new"),
        );
    }
    for waiting in &rest[1..] {
        reaches(&jobs, waiting.id(), State::Blocked).await;
    }
    gate.open();
    all_done(rest).await;
    assert_eq!(gate.order(), ["0", "1", "2", "3", "4"]);
    worker.stop().await.expect("stopped");
}

async fn keys_do_not_meet(place: Arc<Place>) {
    let gate = Gate::new(false);
    let jobs = connect(&place, &gate).await;
    let mut all = enqueue(&jobs, "a", 0..6).await;
    all.extend(enqueue(&jobs, "b", 0..6).await);
    let worker = jobs
        .worker()
        .concurrency(10)
        .start()
        .await
        .expect("started");
    until("two of each run", async || {
        gate.of("a").now == 2 && gate.of("b").now == 2
    })
    .await;
    gate.open();
    all_done(all).await;
    assert_eq!((gate.of("a").most, gate.of("b").most), (2, 2));
    worker.stop().await.expect("stopped");
}

#[job(concurrency(limit = 1, key = account, group = "crm"))]
async fn pull(account: u32, #[state] gate: &Gate) {
    gate.pass(&format!("crm {account}"), "pull").await;
}

#[job(concurrency(limit = 1, key = account, group = "crm"))]
async fn push(account: u32, #[state] gate: &Gate) {
    gate.pass(&format!("crm {account}"), "push").await;
}

#[job(concurrency(limit = 1, key = account))]
async fn apart(account: u32, #[state] gate: &Gate) {
    gate.pass(&format!("apart {account}"), "apart").await;
}

async fn a_group_joins_types(place: Arc<Place>) {
    let gate = Gate::new(false);
    let jobs = connect(&place, &gate).await;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(Pull::perform_later(1).on(&jobs).await.expect("new"));
        all.push(Push::perform_later(1).on(&jobs).await.expect("new"));
    }
    all.push(Apart::perform_later(1).on(&jobs).await.expect("new"));
    let worker = jobs.worker().concurrency(8).start().await.expect("started");
    until("one of the group runs, and the other type", async || {
        gate.of("crm 1").now == 1 && gate.of("apart 1").now == 1
    })
    .await;
    gate.open();
    all_done(all).await;
    assert_eq!((gate.of("crm 1").most, gate.of("crm 1").ever), (1, 6));
    worker.stop().await.expect("stopped");
}

#[job(
    concurrency(limit = 1),
    retry_on(any, wait = "1ms", attempts = 2),
    timeout = "2s",
    retain = false
)]
async fn slot_ends(how: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    match how.as_str() {
        "fails" => Err("it fails".into()),
        "panics" => panic!("it panics"),
        "discards" => ctx.discard("why").await,
        "waits" => ctx.retry_in(Duration::from_secs(600)).await,
        _ => Ok(()),
    }
}

async fn every_end_gives_the_slot_back(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let worker = jobs.worker().concurrency(3).start().await.expect("started");
    for how in ["well", "fails", "panics", "discards", "waits", "well"] {
        SlotEnds::perform_later(how).on(&jobs).await.expect("new");
    }
    let last = OneByOne::perform_later(9).on(&jobs).await.expect("new");
    last.result_within(Duration::from_secs(10))
        .await
        .expect("done");
    let last = SlotEnds::perform_later("well")
        .wait(Duration::from_millis(1))
        .on(&jobs)
        .await
        .expect("new");
    until("the last of the key has ended", async || {
        jobs.get(last.id()).await.expect("read").is_none()
    })
    .await;
    worker.stop().await.expect("stopped");
}

async fn a_cancelled_waiter_strands_nobody(place: Arc<Place>) {
    let gate = Gate::new(false);
    let jobs = connect(&place, &gate).await;
    let all = enqueue(&jobs, "a", 0..8).await;
    let worker = jobs.worker().concurrency(4).start().await.expect("started");
    for waiting in &all[2..] {
        reaches(&jobs, waiting.id(), State::Blocked).await;
    }
    for cancelled in &all[2..5] {
        assert!(cancelled.cancel().await.expect("cancelled"));
    }
    gate.open();
    all_done(
        all.into_iter()
            .enumerate()
            .filter(|(n, _)| !(2..5).contains(n))
            .map(|(_, job)| job)
            .collect(),
    )
    .await;
    assert_eq!(gate.of("a").ever, 5);
    worker.stop().await.expect("stopped");
}

async fn put_back_at_shutdown_frees(place: Arc<Place>) {
    let gate = Gate::new(false);
    let jobs = connect(&place, &gate).await;
    let all = enqueue(&jobs, "a", 0..4).await;
    let worker = jobs
        .worker()
        .shutdown_timeout(Duration::from_millis(50))
        .start()
        .await
        .expect("started");
    until("two run", async || gate.of("a").now == 2).await;
    worker.stop().await.expect("stopped");
    gate.open();
    let worker = jobs.worker().start().await.expect("started");
    all_done(all).await;
    worker.stop().await.expect("stopped");
}

#[job(concurrency(limit = 1, key = n, on_conflict = "discard"), after_discard = noted)]
async fn at_most_one(n: u32, label: String, #[state] gate: &Gate) {
    let _ = n;
    gate.pass("at_most_one", &label).await;
}

async fn noted(ctx: &JobContext, error: &jobs::JobError) {
    jobs_tests::notes::note(ctx.id(), error.type_name());
}

async fn excess_is_discarded(place: Arc<Place>) {
    let gate = Gate::new(false);
    let jobs = connect(&place, &gate).await;
    let first = AtMostOne::perform_later(1, "first")
        .on(&jobs)
        .await
        .expect("new");
    let worker = jobs.worker().concurrency(4).start().await.expect("started");
    until("the first runs", async || gate.of("at_most_one").now == 1).await;
    let second = AtMostOne::perform_later(1, "second")
        .on(&jobs)
        .await
        .expect("new");
    assert!(!second.was_duplicate());
    reaches(&jobs, second.id(), State::Discarded).await;
    let discarded = record(&jobs, second.id()).await;
    assert_eq!(
        discarded.reason.as_deref(),
        Some("over the limit: 1 of its key were running")
    );
    assert_eq!(jobs_tests::notes::notes(second.id()), ["jobs::OverLimit"]);
    gate.open();
    first.result().await.expect("done");
    let third = AtMostOne::perform_later(1, "third")
        .on(&jobs)
        .await
        .expect("new");
    third
        .result()
        .await
        .expect("the slot was not counted twice");
    worker.stop().await.expect("stopped");
}

#[job(unique(by = [n], until = "while_executing"))]
async fn in_turn(n: u32, label: u32, #[state] gate: &Gate) {
    gate.pass(&format!("in_turn {n}"), &label.to_string()).await;
}

async fn while_executing_runs_one_by_one(place: Arc<Place>) {
    let gate = Gate::new(false);
    let jobs = connect(&place, &gate).await;
    let mut all = Vec::new();
    for label in 0..5 {
        let job = InTurn::perform_later(1, label)
            .on(&jobs)
            .await
            .expect("new");
        assert!(!job.was_duplicate(), "all are enqueued");
        all.push(job);
    }
    let worker = jobs.worker().concurrency(5).start().await.expect("started");
    until("one runs", async || gate.of("in_turn 1").now == 1).await;
    for waiting in &all[1..] {
        reaches(&jobs, waiting.id(), State::Blocked).await;
    }
    gate.open();
    all_done(all).await;
    assert_eq!(gate.of("in_turn 1").most, 1);
    assert_eq!(gate.order(), ["0", "1", "2", "3", "4"]);
    worker.stop().await.expect("stopped");
}

async fn a_tenant_with_many_does_not_hold_up_others(place: Arc<Place>) {
    let gate = Gate::new(false);
    let jobs = connect(&place, &gate).await;
    enqueue(&jobs, "large", 0..5_000).await;
    let small = enqueue(&jobs, "small", 0..2).await;
    let worker = jobs.worker().concurrency(6).start().await.expect("started");
    until(
        "the small one's run beside two of the large one's",
        async || gate.of("small").now == 2 && gate.of("large").now == 2,
    )
    .await;
    gate.open();
    all_done(small).await;
    worker.stop().await.expect("stopped");
}

#[job(concurrency(limit = 4, key = account, fair))]
async fn take_turns(account: String, n: u32, #[state] gate: &Gate) {
    gate.pass(&account, &format!("{account} {n}")).await;
}

async fn keys_take_turns(place: Arc<Place>) {
    let gate = Gate::new(true);
    let jobs = connect(&place, &gate).await;
    let mut all = Vec::new();
    for (account, count) in [("large", 200), ("other", 200), ("small", 10)] {
        let many = (0..count).map(|n| TakeTurns {
            account: account.to_owned(),
            n,
        });
        let handles = jobs::perform_all_later(many).on(&jobs).await;
        all.extend(handles.expect("stored"));
    }
    let worker = jobs.worker().concurrency(4).start().await.expect("started");
    all_done(all).await;
    worker.stop().await.expect("stopped");
    let order = gate.order();
    assert_eq!(order.len(), 410);
    // A third each would be 30; in the order of enqueuing it would be the last.
    let last = order.iter().rposition(|label| label.starts_with("small"));
    assert!(last < Some(80), "the small one's last was number {last:?}");
    let half = order[..200]
        .iter()
        .filter(|label| label.starts_with("other"));
    assert!((60..140).contains(&half.count()), "{order:?}");
    for account in ["large", "other", "small"] {
        let mine: Vec<_> = order
            .iter()
            .filter(|label| label.starts_with(account))
            .collect();
        for (at, label) in mine.iter().enumerate() {
            let n: usize = label
                .rsplit(' ')
                .next()
                .and_then(|n| n.parse().ok())
                .expect("a number");
            assert!(n.abs_diff(at) < 8, "in order within a key: {mine:?}");
        }
    }
}

#[job(unique(by = [a], until = while_executing), concurrency(limit = 2, key = b))]
async fn both(a: u32, b: u32, #[state] gate: &Gate) {
    gate.pass(&format!("b {b}"), "").await;
    let _ = a;
}

async fn two_limits_at_once(place: Arc<Place>) {
    let gate = Gate::new(true);
    let jobs = connect(&place, &gate).await;
    let many = (0..30).map(|n| Both { a: n % 5, b: n % 3 });
    let all: Vec<_> = jobs::perform_all_later(many)
        .on(&jobs)
        .await
        .expect("stored")
        .into_iter()
        .collect();
    let worker = jobs
        .worker()
        .concurrency(10)
        .start()
        .await
        .expect("started");
    all_done(all).await;
    for b in 0..3 {
        assert!(gate.of(&format!("b {b}")).most <= 2);
    }
    worker.stop().await.expect("stopped");
}
