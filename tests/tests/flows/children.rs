//! `run_all`: children are enqueued once, awaited without a slot, and their outputs come in order.

use std::{sync::Arc, time::Duration};

use jobs::{BoxError, ChildFailed, Flow, FlowError, JobContext, JobId, Jobs, State, job};
use jobs_tests::{
    notes::{count, note},
    place::{Place, until},
    tests,
};

use crate::bench::{reached, record};

tests!(
    outputs_come_in_order,
    a_vec_gives_a_vec_and_an_empty_one_nothing,
    one_slot_is_enough,
    a_failed_child_is_told_when_all_have_ended,
    a_failed_parent_does_not_enqueue_them_again,
    a_retried_child_is_awaited_by_a_further_run,
    a_cancel_takes_the_children_along,
    a_flow_may_be_a_child,
    a_name_twice_is_an_error,
    called_in_place_it_fails,
    no_end_of_a_child_is_lost,
);

#[job]
async fn slow_number(number: u64) -> u64 {
    tokio::time::sleep(Duration::from_millis(50)).await;
    number
}

#[job]
async fn text(of: u64) -> String {
    format!("text {of}")
}

#[job]
async fn nothing() {}

#[job(retry = 0)]
async fn gathers(#[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) -> Result<String, BoxError> {
    note(ctx.id(), "run");
    let all = (
        SlowNumber { number: 7 },
        Text { of: 1 },
        Nothing,
        Text { of: 2 },
    );
    let (number, one, (), two) = flow.run_all("parts", all).await?;
    note(ctx.id(), "over");
    Ok(format!("{number}, {one}, {two}"))
}

async fn outputs_come_in_order(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Gathers::perform_later().on(&jobs).await.expect("enqueued");
    assert_eq!(
        job.result().await.expect("it ended well"),
        "7, text 1, text 2"
    );
    let counts = ["run", "over"].map(|what| count(job.id(), what));
    assert_eq!(counts, [2, 1]);
    assert_eq!(record(&jobs, job.id()).await.attempts.len(), 1);
    worker.stop().await.expect("stopped");
}

#[job(retry = 0)]
async fn gathers_many(many: u64, #[flow] flow: &mut Flow) -> Result<Vec<u64>, ChildFailed> {
    let all: Vec<_> = (0..many).map(|number| SlowNumber { number }).collect();
    flow.run_all("many", all).await
}

async fn a_vec_gives_a_vec_and_an_empty_one_nothing(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    for many in [5, 1, 0] {
        let job = GathersMany::perform_later(many)
            .on(&jobs)
            .await
            .expect("enqueued");
        let wanted: Vec<u64> = (0..many).collect();
        assert_eq!(job.result().await.expect("it ended well"), wanted);
    }
    worker.stop().await.expect("stopped");
}

async fn one_slot_is_enough(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().concurrency(1).start().await.expect("started");
    let mut all = Vec::new();
    for _ in 0..3 {
        let job = GathersMany::perform_later(3_u64).on(&jobs);
        all.push(job.await.expect("enqueued"));
    }
    for job in all {
        assert_eq!(job.result().await.expect("it ended well"), [0, 1, 2]);
    }
    worker.stop().await.expect("stopped");
}

#[job(retry = 0)]
async fn may_fail(parent: JobId, number: u64, fails: u64) -> Result<u64, String> {
    note(parent, format!("child {number}"));
    let times = count(parent, &format!("child {number}"));
    if times as u64 <= fails {
        return Err(format!("failure of {number}"));
    }
    if fails == 0 {
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    note(parent, "child ended");
    Ok(number)
}

#[job(discard_on(ChildFailed))]
async fn with_failures(
    #[ctx] ctx: &JobContext,
    #[flow] flow: &mut Flow,
) -> Result<(), ChildFailed> {
    let child = |number, fails| MayFail {
        parent: ctx.id(),
        number,
        fails,
    };
    let all = vec![child(1, 0), child(2, 9), child(3, 9), child(4, 0)];
    let failed = flow.run_all("parts", all).await.expect_err("two fail");
    assert_eq!(count(ctx.id(), "child ended"), 2, "all have ended");
    assert_eq!(failed.checkpoint(), "parts");
    assert_eq!(failed.job_name(), <MayFail as jobs::Job>::NAME);
    assert_eq!(failed.state(), State::Dead);
    assert_eq!(failed.message(), "failure of 2");
    Err(failed)
}

async fn a_failed_child_is_told_when_all_have_ended(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = WithFailures::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    job.result().await.expect_err("it ended badly");
    // The rule matched; an assertion that fails would have been a panic.
    let record = record(&jobs, job.id()).await;
    assert_eq!(record.state, State::Discarded, "{record:?}");
    worker.stop().await.expect("stopped");
}

#[job(retry_on(any, wait = "1ms", attempts = 5, jitter = 0.0))]
async fn fails_after(#[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) -> Result<u64, BoxError> {
    let child = |number| MayFail {
        parent: ctx.id(),
        number,
        fails: 0,
    };
    let (one, two) = flow.run_all("parts", (child(1), child(2))).await?;
    note(ctx.id(), "over");
    if count(ctx.id(), "over") < 3 {
        return Err("not yet".into());
    }
    Ok(one + two)
}

async fn a_failed_parent_does_not_enqueue_them_again(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = FailsAfter::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    assert_eq!(job.result().await.expect("it ended well"), 3);
    let counts = ["over", "child 1", "child 2"].map(|what| count(job.id(), what));
    assert_eq!(counts, [3, 1, 1]);
    worker.stop().await.expect("stopped");
}

#[job(retry = 0)]
async fn one_bad_child(#[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) -> Result<u64, BoxError> {
    let bad = MayFail {
        parent: ctx.id(),
        number: 1,
        fails: 1,
    };
    let (number, _) = flow.run_all("parts", (bad, Nothing)).await?;
    Ok(number)
}

async fn letters(jobs: &Jobs) -> Vec<jobs::DeadLetter> {
    jobs.dead_letters().list().await.expect("read")
}

async fn a_retried_child_is_awaited_by_a_further_run(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = OneBadChild::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    reached(&jobs, job.id(), State::Dead).await;
    worker.stop().await.expect("stopped");
    let dead = letters(&jobs).await;
    assert_eq!(dead.len(), 2, "{dead:?}");
    // The parent first, so that it finds its child open.
    for parent in [true, false] {
        for letter in dead
            .iter()
            .filter(|letter| (letter.record().id == job.id()) == parent)
        {
            assert!(letter.retry().await.expect("retried"));
        }
    }
    let worker = jobs.worker().start().await.expect("started");
    let again = jobs.handle::<OneBadChild>(job.id());
    assert_eq!(again.result().await.expect("it ended well"), 1);
    assert_eq!(count(job.id(), "child 1"), 2);
    worker.stop().await.expect("stopped");
}

#[job]
async fn naps(parent: JobId, #[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) {
    note(parent, ctx.id().to_string());
    flow.sleep("nap", Duration::from_secs(3_600)).await;
}

#[job]
async fn runs_on(parent: JobId, #[ctx] ctx: &JobContext) {
    note(parent, ctx.id().to_string());
    ctx.cancelled().await;
}

#[job(retry = 0)]
async fn nested_naps(
    parent: JobId,
    #[ctx] ctx: &JobContext,
    #[flow] flow: &mut Flow,
) -> Result<(), ChildFailed> {
    if count(ctx.id(), "run") == 0 {
        note(ctx.id(), "run");
        note(parent, ctx.id().to_string());
    }
    flow.run_all("inner", (Naps { parent },)).await.map(drop)
}

#[job(retry = 0)]
async fn awaits_long(#[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) -> Result<(), ChildFailed> {
    let parent = ctx.id();
    let all = (Naps { parent }, RunsOn { parent }, NestedNaps { parent });
    flow.run_all("parts", all).await.map(drop)
}

async fn a_cancel_takes_the_children_along(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = AwaitsLong::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    let children = || jobs_tests::notes::notes(job.id());
    until("all children have begun", async || children().len() == 4).await;
    reached(&jobs, job.id(), State::Parked).await;
    assert!(job.cancel().await.expect("cancelled"));
    assert_eq!(record(&jobs, job.id()).await.state, State::Cancelled);
    for child in children() {
        let id: JobId = child.parse().expect("an id");
        reached(&jobs, id, State::Cancelled).await;
    }
    worker.stop().await.expect("stopped");
}

#[job(retry = 0)]
async fn outer(depth: u64, #[flow] flow: &mut Flow) -> Result<u64, ChildFailed> {
    if depth == 0 {
        return Ok(1);
    }
    let inner = Outer { depth: depth - 1 };
    let (one, two) = flow
        .run_all("inner", (inner, Outer { depth: depth - 1 }))
        .await?;
    Ok(one + two)
}

async fn a_flow_may_be_a_child(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().concurrency(2).start().await.expect("started");
    let job = Outer::perform_later(3_u64)
        .on(&jobs)
        .await
        .expect("enqueued");
    assert_eq!(job.result().await.expect("it ended well"), 8);
    worker.stop().await.expect("stopped");
}

#[job(discard_on(FlowError))]
async fn same_name_twice(#[flow] flow: &mut Flow) -> Result<(), BoxError> {
    flow.run_all("parts", (Nothing,)).await?;
    flow.run_all("parts", (Nothing,)).await?;
    Ok(())
}

async fn a_name_twice_is_an_error(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = SameNameTwice::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    let record = reached(&jobs, job.id(), State::Discarded).await;
    assert!(
        format!("{record:?}").contains("`parts` was used twice"),
        "{record:?}"
    );
    worker.stop().await.expect("stopped");
}

async fn called_in_place_it_fails(place: Arc<Place>) {
    let jobs = place.connect().await;
    let called = jobs::with(&jobs, async { GathersMany::perform_now(2_u64).await }).await;
    let error = called.expect_err("nothing can wait");
    assert!(error.to_string().contains("perform_now"), "{error}");
}

#[job(retry = 0)]
async fn races(rounds: u64, #[flow] flow: &mut Flow) -> Result<u64, ChildFailed> {
    let mut sum = 0;
    for round in 0..rounds {
        let all = (Text { of: round }, Nothing);
        let (text, ()) = flow.run_all(&format!("round {round}"), all).await?;
        sum += text.len() as u64;
    }
    Ok(sum)
}

/// The children are so short that they end while their parent parks.
async fn no_end_of_a_child_is_lost(place: Arc<Place>) {
    let jobs = place.connect().await;
    let other = place.connect().await;
    let workers = [
        jobs.worker().concurrency(8).start().await.expect("started"),
        other
            .worker()
            .concurrency(8)
            .start()
            .await
            .expect("started"),
    ];
    let mut all = Vec::new();
    for _ in 0..10 {
        let job = Races::perform_later(10_u64).on(&jobs);
        all.push(job.await.expect("enqueued"));
    }
    for job in all {
        assert_eq!(job.result().await.expect("it ended well"), 60);
    }
    for worker in workers {
        worker.stop().await.expect("stopped");
    }
}
