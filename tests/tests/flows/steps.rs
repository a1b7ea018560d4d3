//! Steps: run once, stored, given back.

use std::{sync::Arc, time::Duration};

use jobs::{Flow, FlowError, JobContext, State, job};
use jobs_tests::{
    notes::{count, note},
    place::Place,
    tests,
};

use crate::bench::{reached, record};

tests!(
    one_that_succeeded_is_not_run_again,
    an_error_is_the_callers_and_is_not_stored,
    another_worker_goes_on,
    a_name_twice_ends_the_run,
    rules_match_flow_errors,
    what_cannot_be_read_ends_the_run,
    a_value_that_is_too_large_ends_the_run,
    what_is_not_used_any_more_is_told,
    order_is_free,
    a_dead_letter_keeps_its_checkpoints,
    called_in_place_steps_run,
    hooks_are_told_of_parks,
);

#[job(retry_on(any, wait = "1ms", attempts = 5, jitter = 0.0))]
async fn three_steps(#[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) -> Result<u64, String> {
    note(ctx.id(), "run");
    let one: u64 = flow
        .step("one", async || {
            note(ctx.id(), "one");
            Ok::<_, String>(1)
        })
        .await?;
    let two: String = flow
        .step("two", async || {
            note(ctx.id(), "two");
            if count(ctx.id(), "two") < 3 {
                return Err("not yet".to_owned());
            }
            Ok("two".to_owned())
        })
        .await?;
    let three: Option<u64> = flow.step("three", async || Ok::<_, String>(None)).await?;
    Ok(one + two.len() as u64 + three.unwrap_or(10))
}

async fn one_that_succeeded_is_not_run_again(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = ThreeSteps::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    assert_eq!(job.result().await.expect("it ended well"), 14);
    let counts = ["run", "one", "two"].map(|what| count(job.id(), what));
    assert_eq!(counts, [3, 1, 3]);
    let record = record(&jobs, job.id()).await;
    assert_eq!(record.attempts.len(), 3, "{record:?}");
    assert_eq!(record.reason, None);
    worker.stop().await.expect("stopped");
}

#[job(retry = false)]
async fn refuses(#[flow] flow: &mut Flow) -> Result<(), std::num::ParseIntError> {
    let number = flow.step("parse", async || "x".parse::<u64>()).await?;
    let _ = number;
    Ok(())
}

async fn an_error_is_the_callers_and_is_not_stored(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Refuses::perform_later().on(&jobs).await.expect("enqueued");
    let record = reached(&jobs, job.id(), State::Discarded).await;
    let error = record.attempts[0].error.as_ref().expect("an error");
    assert!(error.type_name().contains("ParseIntError"), "{error:?}");
    let storage = place.storage().await;
    let left = storage.checkpoints(job.id(), None).await.expect("read");
    assert!(left.all.is_empty(), "{left:?}");
    worker.stop().await.expect("stopped");
}

#[job]
async fn hangs_once(#[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) -> Result<u64, String> {
    let kept = flow
        .step("kept", async || {
            note(ctx.id(), "kept");
            Ok::<_, String>(7)
        })
        .await?;
    note(ctx.id(), "began");
    if count(ctx.id(), "began") == 1 {
        std::future::pending::<()>().await;
    }
    Ok(kept)
}

async fn another_worker_goes_on(place: Arc<Place>) {
    let jobs = place.connect().await;
    let short = Duration::from_millis(10);
    let worker = jobs.worker().shutdown_timeout(short);
    let worker = worker.start().await.expect("started");
    let job = HangsOnce::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    jobs_tests::place::until("it hangs", async || count(job.id(), "began") == 1).await;
    worker.stop().await.expect("stopped");
    let again = place.connect().await;
    let worker = again.worker().start().await.expect("started");
    let job = again.handle::<HangsOnce>(job.id());
    assert_eq!(job.result().await.expect("it ended well"), 7);
    assert_eq!(count(job.id(), "kept"), 1);
    worker.stop().await.expect("stopped");
}

#[job(retry = 0)]
async fn twice(what: String, #[flow] flow: &mut Flow) -> Result<(), String> {
    flow.step("same", async || Ok::<_, String>(())).await?;
    if what == "sleep" {
        flow.sleep("same", Duration::ZERO).await;
    } else {
        flow.step("same", async || Ok::<_, String>(())).await?;
    }
    Ok(())
}

async fn a_name_twice_ends_the_run(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    for what in ["step", "sleep"] {
        let job = Twice::perform_later(what)
            .on(&jobs)
            .await
            .expect("enqueued");
        let record = reached(&jobs, job.id(), State::Dead).await;
        let error = record.attempts[0].error.as_ref().expect("an error");
        assert_eq!(error.type_name(), "jobs::FlowError");
        assert!(error.message().contains("`same` was used twice"), "{error}");
    }
    worker.stop().await.expect("stopped");
}

#[job(discard_on(FlowError))]
async fn twice_and_discarded(#[flow] flow: &mut Flow) {
    let step = async || Ok::<_, String>(());
    let _ = flow.step("same", step).await;
    let _ = flow.step("same", step).await;
}

async fn rules_match_flow_errors(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = TwiceAndDiscarded::perform_later();
    let job = job.on(&jobs).await.expect("enqueued");
    reached(&jobs, job.id(), State::Discarded).await;
    worker.stop().await.expect("stopped");
}

#[job(retry = 0)]
async fn changes_type(#[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) -> Result<(), String> {
    note(ctx.id(), "run");
    if count(ctx.id(), "run") == 1 {
        let text = async || Ok::<_, String>("a text".to_owned());
        flow.step("typed", text).await?;
    }
    let number: u64 = flow.step("typed", async || Ok::<_, String>(5)).await?;
    let _ = number;
    Ok(())
}

async fn what_cannot_be_read_ends_the_run(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = ChangesType::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    reached(&jobs, job.id(), State::Dead).await;
    let letters = jobs.dead_letters().unresolved().list().await.expect("read");
    assert!(letters[0].retry().await.expect("retried"));
    jobs_tests::place::until("it ran again", async || count(job.id(), "run") == 2).await;
    let record = reached(&jobs, job.id(), State::Dead).await;
    let error = record.attempts[1].error.as_ref().expect("an error");
    assert_eq!(error.type_name(), "jobs::FlowError");
    assert!(
        error.message().contains("`typed`") && error.message().contains("`u64`"),
        "{error}"
    );
    worker.stop().await.expect("stopped");
}

#[job(retry = 0)]
async fn large(#[flow] flow: &mut Flow) -> Result<(), String> {
    flow.step("large", async || Ok::<_, String>("x".repeat(2_000)))
        .await
        .map(drop)
}

async fn a_value_that_is_too_large_ends_the_run(place: Arc<Place>) {
    let jobs = place.builder().max_output_bytes(1_000);
    let jobs = jobs.await.expect("connected");
    let worker = jobs.worker().start().await.expect("started");
    let job = Large::perform_later().on(&jobs).await.expect("enqueued");
    let record = reached(&jobs, job.id(), State::Dead).await;
    let error = record.attempts[0].error.as_ref().expect("an error");
    assert!(error.message().contains("the limit is 1000"), "{error}");
    worker.stop().await.expect("stopped");
}

#[job(retry_on(any, wait = "1ms", attempts = 5, jitter = 0.0))]
async fn renames(#[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) -> Result<(), String> {
    note(ctx.id(), "run");
    if count(ctx.id(), "run") == 1 {
        flow.step("before", async || Ok::<_, String>(())).await?;
        return Err("deployed".into());
    }
    flow.step("after", async || Ok::<_, String>(())).await
}

async fn what_is_not_used_any_more_is_told(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Renames::perform_later().on(&jobs).await.expect("enqueued");
    let record = reached(&jobs, job.id(), State::Succeeded).await;
    let reason = record.reason.expect("a reason");
    assert!(reason.contains("`before`"), "{reason}");
    let storage = place.storage().await;
    let left = storage.checkpoints(job.id(), None).await.expect("read");
    assert_eq!(left.all.len(), 2, "{left:?}");
    worker.stop().await.expect("stopped");
}

#[job(retry_on(any, wait = "1ms", attempts = 5, jitter = 0.0))]
async fn turns(#[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) -> Result<u64, String> {
    note(ctx.id(), "run");
    let first = count(ctx.id(), "run") == 1;
    let mut sum = 0;
    for name in if first { ["a", "b"] } else { ["b", "a"] } {
        sum += flow
            .step(name, async || {
                note(ctx.id(), name);
                Ok::<_, String>(if name == "a" { 1 } else { 2 })
            })
            .await?;
    }
    if first {
        return Err("again".into());
    }
    Ok(sum)
}

async fn order_is_free(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Turns::perform_later().on(&jobs).await.expect("enqueued");
    assert_eq!(job.result().await.expect("it ended well"), 3);
    assert_eq!(["a", "b"].map(|what| count(job.id(), what)), [1, 1]);
    worker.stop().await.expect("stopped");
}

#[job(retry = 0)]
async fn dies_once(#[ctx] ctx: &JobContext, #[flow] flow: &mut Flow) -> Result<(), String> {
    flow.step("kept", async || {
        note(ctx.id(), "kept");
        Ok::<_, String>(())
    })
    .await?;
    note(ctx.id(), "run");
    if count(ctx.id(), "run") == 1 {
        return Err("died".into());
    }
    Ok(())
}

async fn a_dead_letter_keeps_its_checkpoints(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = DiesOnce::perform_later().on(&jobs).await.expect("enqueued");
    reached(&jobs, job.id(), State::Dead).await;
    let letters = jobs.dead_letters().unresolved().list().await.expect("read");
    assert!(letters[0].retry().await.expect("retried"));
    reached(&jobs, job.id(), State::Succeeded).await;
    assert_eq!(count(job.id(), "kept"), 1);
    worker.stop().await.expect("stopped");
}

#[job]
async fn in_place(twice: bool, #[flow] flow: &mut Flow) -> Result<u64, String> {
    let one = flow.step("one", async || Ok::<_, String>(1)).await?;
    flow.sleep("short", Duration::from_millis(1)).await;
    if twice {
        flow.sleep("short", Duration::ZERO).await;
    }
    Ok(one)
}

async fn called_in_place_steps_run(place: Arc<Place>) {
    let jobs = place.connect().await;
    let one = InPlace::perform_now(false).on(&jobs).await;
    assert_eq!(one.expect("it ended well"), 1);
    let twice = InPlace::perform_now(true).on(&jobs).await;
    assert!(
        matches!(&twice, Err(jobs::NowError::Flow(error)) if error.checkpoint() == "short"),
        "{twice:?}"
    );
}

async fn tell(ctx: &JobContext, outcome: &jobs::Outcome) {
    note(ctx.id(), format!("{:?}", outcome.disposition()));
}

#[job(after_perform = tell)]
async fn parks_once(#[flow] flow: &mut Flow) {
    flow.sleep("short", Duration::from_millis(50)).await;
}

async fn hooks_are_told_of_parks(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = ParksOnce::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    job.result().await.expect("it ended well");
    assert_eq!(jobs_tests::notes::notes(job.id()), ["Parked", "Done"]);
    worker.stop().await.expect("stopped");
}
