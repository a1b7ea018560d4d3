//! The order of hooks around an execution, and what stops it.

use std::sync::Arc;

use jobs::{BoxError, JobContext, JobError, Next, Outcome, State, job};
use jobs_tests::{
    notes::{note, notes},
    place::Place,
    tests,
};

use crate::bench::ended;

tests!(nest_from_the_outside_in, a_refusal_skips_the_function);

macro_rules! hooks {
    ($($level:ident $before:ident $around:ident $after:ident $discarded:ident;)*) => {
        $(
            async fn $before(ctx: &JobContext) -> Result<(), BoxError> {
                note(ctx.id(), concat!(stringify!($level), " before"));
                Ok(())
            }
            async fn $around(ctx: &JobContext, next: Next<'_>) -> Outcome {
                note(ctx.id(), concat!(stringify!($level), " in"));
                let outcome = next.run().await;
                note(ctx.id(), concat!(stringify!($level), " out"));
                outcome
            }
            async fn $after(ctx: &JobContext, _: &Outcome) {
                note(ctx.id(), concat!(stringify!($level), " after"));
            }
            async fn $discarded(ctx: &JobContext, _: &JobError) {
                note(ctx.id(), concat!(stringify!($level), " discard"));
            }
        )*
    };
}

hooks! {
    handle before_of_handle around_of_handle after_of_handle discard_of_handle;
    base before_of_base around_of_base after_of_base discard_of_base;
    job before_of_job around_of_job after_of_job discard_of_job;
}

#[jobs::base(
    before_perform = before_of_base,
    around_perform = around_of_base,
    after_perform = after_of_base,
    after_discard = discard_of_base,
)]
struct Base;

#[job(
    base = Base,
    retry = 0,
    before_perform = before_of_job,
    around_perform = around_of_job,
    after_perform = after_of_job,
    after_discard = discard_of_job,
)]
async fn layered(fails: bool, #[ctx] ctx: &JobContext) -> Result<(), String> {
    note(ctx.id(), "runs");
    if fails { Err("failed".into()) } else { Ok(()) }
}

async fn nest_from_the_outside_in(place: Arc<Place>) {
    let jobs = place
        .builder()
        .before_perform(before_of_handle)
        .around_perform(around_of_handle)
        .after_perform(after_of_handle)
        .after_discard(discard_of_handle)
        .await
        .expect("connected");
    let worker = jobs.worker().start().await.expect("started");
    let around = [
        "handle in",
        "base in",
        "job in",
        "handle before",
        "base before",
        "job before",
        "runs",
        "job out",
        "base out",
        "handle out",
        "job after",
        "base after",
        "handle after",
    ];
    let good = Layered::perform_later(false)
        .on(&jobs)
        .await
        .expect("enqueued");
    assert_eq!(ended(&jobs, good.id()).await.state, State::Succeeded);
    assert_eq!(notes(good.id()), around);
    let bad = Layered::perform_later(true)
        .on(&jobs)
        .await
        .expect("enqueued");
    assert_eq!(ended(&jobs, bad.id()).await.state, State::Dead);
    let after = ["job discard", "base discard", "handle discard"];
    assert_eq!(notes(bad.id()), [&around[..], &after[..]].concat());
    worker.stop().await.expect("stopped");
}

async fn refuses(_: &JobContext) -> Result<(), BoxError> {
    Err(jobs::Discard("not today").into())
}

#[job(before_perform = [refuses, before_of_job], after_perform = after_of_job, after_discard = discard_of_job)]
async fn refused(#[ctx] ctx: &JobContext) {
    note(ctx.id(), "runs");
}

async fn a_refusal_skips_the_function(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let job = Refused::perform_later().on(&jobs).await.expect("enqueued");
    let record = ended(&jobs, job.id()).await;
    assert_eq!(record.state, State::Discarded);
    assert_eq!(record.reason.as_deref(), Some("not today"));
    assert_eq!(notes(job.id()), ["job after", "job discard"]);
    let now = Refused::perform_now().on(&jobs).await;
    assert!(
        matches!(now, Err(jobs::NowError::Ended(jobs::EndNow::Discard(_)))),
        "{now:?}"
    );
    worker.stop().await.expect("stopped");
}
