//! What happens when no attempt is left, and ends that a job chooses itself.

use std::sync::Arc;

use jobs::{BoxError, JobContext, State, job};
use jobs_tests::{place::Place, tests};

use crate::{
    drive::{Bench, Row, check},
    errors::{Flaky, Gone, Other, also_exhausted, discarded, exhausted, reported, rude, step},
};

tests!(
    hooks,
    chosen,
    letters_say_what_happened,
    a_refused_start_is_a_failure
);

macro_rules! failing {
    ($($name:ident ( $($rule:tt)* );)*) => {
        $(
            #[job($($rule)*)]
            async fn $name(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
                step(&plan, ctx).await
            }
        )*
    };
}

failing! {
    block(retry_on(Flaky, attempts = 2, on_exhausted = exhausted), on_exhausted = also_exhausted, after_discard = discarded);
    two_blocks(retry_on(Flaky, attempts = 2, on_exhausted = [exhausted, also_exhausted]));
    rude_block(retry_on(Flaky, attempts = 2, on_exhausted = [rude, exhausted]), after_discard = [rude, discarded]);
    discards(discard_on(Flaky, Gone, report = reported), discard_on(Other), after_discard = discarded, on_exhausted = exhausted);
    three(retry = 3, on_exhausted = exhausted, after_discard = discarded);
    zero(retry = 0, on_exhausted = exhausted, after_discard = discarded);
    never(retry = false, on_exhausted = exhausted, after_discard = discarded);
    not_dead(retry_on(Flaky, attempts = 2), dead = false, on_exhausted = exhausted, after_discard = discarded);
    panics(retry_on(jobs::Panicked, attempts = 2), retry = 0, after_discard = discarded);
    slow(retry_on(jobs::TimedOut, attempts = 2), retry = 0, timeout = "60ms", after_discard = discarded);
    any_of_them(retry_on(any, attempts = 2), timeout = "60ms");
    chooses(retry_on(any, attempts = 3, on_exhausted = exhausted), after_discard = discarded);
}

async fn hooks(place: Arc<Place>) {
    let row = |what, job, plan, end, runs, hooks| Row {
        what,
        job,
        plan,
        end,
        runs,
        hooks,
    };
    use State::{Dead, Discarded, Succeeded};
    check(
        place,
        &[
            row(
                "a block is called once, with the error",
                Block::perform_later,
                "flaky",
                Dead,
                2,
                &[
                    "exhausted flaky",
                    "also exhausted flaky",
                    "after_discard flaky",
                ],
            ),
            row(
                "a block is not called for a success",
                Block::perform_later,
                "flaky ok",
                Succeeded,
                2,
                &[],
            ),
            row(
                "several blocks",
                TwoBlocks::perform_later,
                "flaky",
                Dead,
                2,
                &["exhausted flaky", "also exhausted flaky"],
            ),
            row(
                "a block that panics changes nothing else",
                RudeBlock::perform_later,
                "flaky",
                Dead,
                2,
                &["exhausted flaky", "after_discard flaky"],
            ),
            row(
                "discard with report",
                Discards::perform_later,
                "gone",
                Discarded,
                1,
                &["reported gone", "after_discard gone"],
            ),
            row(
                "discard without",
                Discards::perform_later,
                "other",
                Discarded,
                1,
                &["after_discard other"],
            ),
            row(
                "retry = 3",
                Three::perform_later,
                "other",
                Dead,
                4,
                &["exhausted other", "after_discard other"],
            ),
            row(
                "retry = 0",
                Zero::perform_later,
                "other",
                Dead,
                1,
                &["exhausted other", "after_discard other"],
            ),
            row(
                "retry = false",
                Never::perform_later,
                "other",
                Discarded,
                1,
                &["exhausted other", "after_discard other"],
            ),
            row(
                "dead = false",
                NotDead::perform_later,
                "flaky",
                Discarded,
                2,
                &["exhausted flaky", "after_discard flaky"],
            ),
            row(
                "panics",
                Panics::perform_later,
                "panic",
                Dead,
                2,
                &["after_discard panicked: no way"],
            ),
            row(
                "timeouts",
                Slow::perform_later,
                "sleep",
                Dead,
                2,
                &["after_discard timed out after 60ms"],
            ),
            row(
                "any: panics",
                AnyOfThem::perform_later,
                "panic",
                Dead,
                2,
                &[],
            ),
            row(
                "any: timeouts",
                AnyOfThem::perform_later,
                "sleep",
                Dead,
                2,
                &[],
            ),
        ],
    )
    .await;
}

async fn chosen(place: Arc<Place>) {
    let row = |what, plan, end, runs, hooks| Row {
        what,
        job: Chooses::perform_later,
        plan,
        end,
        runs,
        hooks,
    };
    use State::{Dead, Discarded, Succeeded};
    check(
        place,
        &[
            row("RetryIn", "retry_in ok", Succeeded, 2, &[]),
            row("ctx.retry_in", "ctx_retry_in ok", Succeeded, 2, &[]),
            row(
                "RetryIn is no failure to a rule",
                "retry_in retry_in flaky retry_in flaky ok",
                Succeeded,
                6,
                &[],
            ),
            row(
                "Discard",
                "discard",
                Discarded,
                1,
                &["after_discard discarded: not wanted"],
            ),
            row(
                "ctx.discard",
                "ctx_discard",
                Discarded,
                1,
                &["after_discard discarded: not wanted"],
            ),
            row(
                "Dead",
                "dead",
                Dead,
                1,
                &["after_discard declared dead: hopeless"],
            ),
            row(
                "ctx.dead",
                "flaky ctx_dead",
                Dead,
                2,
                &["after_discard declared dead: hopeless"],
            ),
        ],
    )
    .await;
}

async fn letters_say_what_happened(place: Arc<Place>) {
    let bench = Bench::new(&place).await;
    let handle = Block::perform_later("flaky")
        .on(&bench.jobs)
        .await
        .expect("enqueued");
    bench.end(handle.id()).await;
    let letters = bench
        .jobs
        .dead_letters()
        .of::<Block>()
        .list()
        .await
        .expect("listed");
    let letter = &letters[0];
    assert_eq!(
        (letter.id, letter.name.as_str(), letter.queue.as_str()),
        (handle.id(), "Block", "default")
    );
    assert_eq!(letter.args, serde_json::json!({ "plan": "flaky" }));
    assert!(
        letter.error.type_name().ends_with("Flaky"),
        "{:?}",
        letter.error
    );
    assert_eq!(letter.error.message(), "flaky");
    assert_eq!(letter.attempts.len(), 2);
    assert!(
        letter
            .attempts
            .iter()
            .all(|attempt| attempt.error.is_some() && !attempt.worker.is_empty())
    );
    let result = handle.result().await;
    let Err(jobs::Error::JobDead { id, error }) = result else {
        panic!("{result:?}")
    };
    assert_eq!((id, error.message()), (handle.id(), "flaky"));
    let handle = Chooses::perform_later("discard")
        .on(&bench.jobs)
        .await
        .expect("enqueued");
    let result = handle.result().await;
    let Err(jobs::Error::JobDiscarded { reason, .. }) = result else {
        panic!("{result:?}")
    };
    assert_eq!(reason.as_deref(), Some("not wanted"));
    bench.stop().await;
}

fn refuses(ctx: &JobContext) -> Result<(), Flaky> {
    if ctx.attempt() < 3 {
        Err(Flaky)
    } else {
        Ok(())
    }
}

fn ends_it(_: &JobContext) -> Result<(), jobs::Discard> {
    Err(jobs::Discard("not today"))
}

#[job(retry_on(Flaky, attempts = 5), before_perform = refuses)]
async fn refused(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    step(&plan, ctx).await
}

#[job(before_perform = ends_it)]
async fn ended_before(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    step(&plan, ctx).await
}

async fn a_refused_start_is_a_failure(place: Arc<Place>) {
    let bench = Bench::new(&place).await;
    let handle = Refused::perform_later("ok")
        .on(&bench.jobs)
        .await
        .expect("enqueued");
    let record = bench.end(handle.id()).await;
    assert_eq!(
        (record.state, record.attempts.len()),
        (State::Succeeded, 3),
        "{record:?}"
    );
    assert_eq!(jobs_tests::notes::notes(handle.id()), ["run 3 ok"]);
    let handle = EndedBefore::perform_later("ok")
        .on(&bench.jobs)
        .await
        .expect("enqueued");
    let record = bench.end(handle.id()).await;
    assert_eq!(record.state, State::Discarded);
    assert_eq!(record.reason.as_deref(), Some("not today"));
    bench.stop().await;
}
