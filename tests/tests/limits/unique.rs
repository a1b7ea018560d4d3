//! How long a unique key is held: from which moment, to which, and through what.

use std::{sync::Arc, time::Duration};

use jobs::{BoxError, JobContext, State, job};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use crate::drive::{Gate, connect, reaches, record};

tests!(
    one_of_a_key_at_a_time,
    by_what_it_says,
    executed_is_kept_across_retries,
    every_end_frees,
    executing_is_free_at_the_start,
    a_retry_of_executing_waits_for_its_key,
    expired_outlives_the_record,
    a_time_to_live_bounds_the_rest,
    a_race_has_one_winner,
    dead_letters_ask_for_their_key,
);

#[job(unique(by = [user]))]
async fn sync(user: u64, note: String, #[state] gate: &Gate) {
    gate.pass("sync", &format!("{user} {note}")).await;
}

#[job(unique)]
async fn by_all(user: u64, note: String) {
    let _ = (user, note);
}

#[job(unique(by = user / 10))]
async fn by_decade(user: u64) {
    let _ = user;
}

#[job(unique(by = |note, user| format!("{}{user}", note.to_lowercase())))]
async fn by_closure(user: u64, note: String) {
    let _ = (user, note);
}

async fn one_of_a_key_at_a_time(place: Arc<Place>) {
    let gate = Gate::new(true);
    let jobs = connect(&place, &gate).await;
    let first = Sync::perform_later(1, "a").on(&jobs).await.expect("new");
    assert!(!first.was_duplicate());
    let second = Sync::perform_later(1, "b").on(&jobs).await.expect("held");
    assert!(second.was_duplicate());
    assert_eq!(second.id(), first.id());
    let other = Sync::perform_later(2, "a").on(&jobs).await.expect("new");
    assert!(!other.was_duplicate());
    let worker = jobs.worker().start().await.expect("started");
    first.result().await.expect("done");
    assert_eq!(record(&jobs, first.id()).await.args["note"], "a");
    let third = Sync::perform_later(1, "c").on(&jobs).await.expect("new");
    assert!(!third.was_duplicate() && third.id() != first.id());
    third.result().await.expect("done");
    other.result().await.expect("done");
    worker.stop().await.expect("stopped");
}

async fn by_what_it_says(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let new =
        async |later: jobs::Enqueue<()>| !later.on(&jobs).await.expect("stored").was_duplicate();
    assert!(new(ByAll::perform_later(1, "a")).await);
    assert!(new(ByAll::perform_later(1, "b")).await);
    assert!(!new(ByAll::perform_later(1, "a")).await);
    assert!(new(ByDecade::perform_later(11)).await);
    assert!(!new(ByDecade::perform_later(19)).await);
    assert!(new(ByDecade::perform_later(20)).await);
    assert!(new(ByClosure::perform_later(1, "A")).await);
    assert!(!new(ByClosure::perform_later(1, "a")).await);
    assert!(new(ByClosure::perform_later(2, "a")).await);
}

#[job(unique, retry_on(any, wait = "30s", attempts = 3, jitter = 0))]
async fn fails(n: u64) -> Result<(), BoxError> {
    Err(format!("{n} fails").into())
}

async fn executed_is_kept_across_retries(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let worker = jobs.worker().start().await.expect("started");
    let first = Fails::perform_later(1).on(&jobs).await.expect("new");
    until("it has failed once", async || {
        let record = record(&jobs, first.id()).await;
        record.state == State::Scheduled && record.attempts.len() == 1
    })
    .await;
    let second = Fails::perform_later(1).on(&jobs).await.expect("held");
    assert_eq!((second.id(), second.was_duplicate()), (first.id(), true));
    worker.stop().await.expect("stopped");
}

#[job(unique(by = [n]), retry = 0, retain = false)]
async fn ends(n: u64, how: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    match how.as_str() {
        "dead" => Err(format!("{n}").into()),
        "discarded" => ctx.discard("why").await,
        _ => Ok(()),
    }
}

async fn every_end_frees(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let cancelled = Ends::perform_later(7, "cancelled")
        .on(&jobs)
        .await
        .expect("new");
    cancelled.cancel().await.expect("cancelled");
    let again = Ends::perform_later(7, "well").on(&jobs).await.expect("new");
    assert!(!again.was_duplicate(), "a cancel frees");
    let worker = jobs.worker().start().await.expect("started");
    for how in ["well", "dead", "discarded", "well"] {
        until(&format!("the key is free again before {how}"), async || {
            let next = Ends::perform_later(7, how).on(&jobs).await.expect("stored");
            !next.was_duplicate()
        })
        .await;
    }
    worker.stop().await.expect("stopped");
}

#[job(unique(by = [n], until = executing))]
async fn until_start(n: u64, label: String, #[state] gate: &Gate) {
    let _ = n;
    gate.pass("until_start", &label).await;
}

async fn executing_is_free_at_the_start(place: Arc<Place>) {
    let gate = Gate::new(false);
    let jobs = connect(&place, &gate).await;
    let first = UntilStart::perform_later(1, "a")
        .on(&jobs)
        .await
        .expect("new");
    let held = UntilStart::perform_later(1, "b")
        .on(&jobs)
        .await
        .expect("held");
    assert_eq!(held.id(), first.id());
    let worker = jobs.worker().start().await.expect("started");
    until("it runs", async || gate.of("until_start").now == 1).await;
    let second = UntilStart::perform_later(1, "c")
        .on(&jobs)
        .await
        .expect("new");
    assert!(!second.was_duplicate());
    gate.open();
    second.result().await.expect("done");
    assert_eq!(gate.order(), ["a", "c"]);
    worker.stop().await.expect("stopped");
}

#[job(unique(by = [n], until = "executing"), retry_on(any, wait = "1ms", attempts = 5))]
async fn retries(
    n: u64,
    fails: bool,
    #[state] gate: &Gate,
    #[ctx] ctx: &JobContext,
) -> Result<(), BoxError> {
    gate.pass("retries", &format!("{fails} {}", ctx.attempt()))
        .await;
    if fails && ctx.attempt() == 1 {
        return Err(format!("{n}").into());
    }
    Ok(())
}

async fn a_retry_of_executing_waits_for_its_key(place: Arc<Place>) {
    let gate = Gate::new(false);
    let jobs = connect(&place, &gate).await;
    let first = Retries::perform_later(1, true)
        .on(&jobs)
        .await
        .expect("new");
    let worker = jobs.worker().concurrency(1).start().await.expect("started");
    until("it runs", async || gate.of("retries").now == 1).await;
    let second = Retries::perform_later(1, false)
        .wait(Duration::from_secs(600))
        .on(&jobs)
        .await
        .expect("new");
    assert!(!second.was_duplicate());
    gate.open();
    // The retry finds its key held by the one that waits.
    reaches(&jobs, first.id(), State::Blocked).await;
    assert_eq!(
        record(&jobs, first.id()).await.reason.as_deref(),
        Some("its unique key is held by another job")
    );
    assert!(second.cancel().await.expect("cancelled"));
    first.result().await.expect("it goes on, and succeeds");
    let third = Retries::perform_later(1, false)
        .on(&jobs)
        .await
        .expect("new");
    assert!(!third.was_duplicate());
    third.result().await.expect("done");
    worker.stop().await.expect("stopped");
}

#[job(unique(by = [n], until = "expired", ttl = "400ms"), retain = false)]
async fn once_in_a_while(n: u64) {
    let _ = n;
}

async fn expired_outlives_the_record(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let worker = jobs.worker().start().await.expect("started");
    let first = OnceInAWhile::perform_later(1).on(&jobs).await.expect("new");
    until("its record is gone", async || {
        jobs.get(first.id()).await.expect("read").is_none()
    })
    .await;
    let second = OnceInAWhile::perform_later(1)
        .on(&jobs)
        .await
        .expect("stored");
    // On a slow machine the time may be over by now.
    if second.was_duplicate() {
        assert_eq!(second.id(), first.id());
    }
    until("the key is free", async || {
        let next = OnceInAWhile::perform_later(1)
            .on(&jobs)
            .await
            .expect("stored");
        !next.was_duplicate()
    })
    .await;
    worker.stop().await.expect("stopped");
}

#[job(unique(ttl = "150ms"))]
async fn bounded(n: u64) {
    let _ = n;
}

async fn a_time_to_live_bounds_the_rest(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let first = Bounded::perform_later(1).on(&jobs).await.expect("new");
    until("the key is free while its job still waits", async || {
        let next = Bounded::perform_later(1).on(&jobs).await.expect("stored");
        !next.was_duplicate()
    })
    .await;
    assert_eq!(first.state().await.expect("known"), State::Ready);
}

async fn a_race_has_one_winner(place: Arc<Place>) {
    let gate = Gate::new(true);
    let handles = [connect(&place, &gate).await, connect(&place, &gate).await];
    for round in 0..10 {
        let racing: Vec<_> = (0..20)
            .map(|n: usize| {
                let jobs = handles[n % 2].clone();
                tokio::spawn(async move { ByAll::perform_later(round, "race").on(&jobs).await })
            })
            .collect();
        let mut ids = std::collections::BTreeSet::new();
        let mut winners = 0;
        for racer in racing {
            let handle = racer.await.expect("no panic").expect("stored");
            winners += usize::from(!handle.was_duplicate());
            ids.insert(handle.id());
        }
        assert_eq!((winners, ids.len()), (1, 1), "round {round}");
    }
}

async fn dead_letters_ask_for_their_key(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let worker = jobs.worker().start().await.expect("started");
    let dead = Ends::perform_later(1, "dead").on(&jobs).await.expect("new");
    reaches(&jobs, dead.id(), State::Dead).await;
    worker.stop().await.expect("stopped");
    let next = Ends::perform_later(1, "well").on(&jobs).await.expect("new");
    assert!(!next.was_duplicate());
    let letters = jobs
        .dead_letters()
        .unresolved()
        .list()
        .await
        .expect("listed");
    let refused = letters[0].retry().await.expect_err("the key is held");
    assert!(
        matches!(refused, jobs::Error::Duplicate { holder, .. } if holder == next.id()),
        "{refused}"
    );
    assert_eq!(
        jobs.dead_letters()
            .unresolved()
            .retry_all()
            .await
            .expect("none"),
        0
    );
    next.cancel().await.expect("cancelled");
    assert!(letters[0].retry().await.expect("free now"));
    let held = Ends::perform_later(1, "well")
        .on(&jobs)
        .await
        .expect("held");
    assert_eq!(held.id(), dead.id(), "the retried one holds it again");
}
