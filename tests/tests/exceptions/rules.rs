//! Which rule decides, and what it counts.

use std::sync::Arc;

use jobs::{BoxError, JobContext, State, job};
use jobs_tests::{
    make,
    notes::notes,
    place::{Place, until},
    tests,
};

use crate::{
    drive::{Bench, Row, check},
    errors::{Api, Flaky, Gone, Other, step},
};

tests!(
    order,
    counts,
    a_count_is_kept_under_the_rule_s_id,
    any_is_not_for_payloads,
    a_manual_retry_starts_the_counts_anew,
);

#[job(retry_on(Flaky, attempts = 2), discard_on(any))]
async fn first_retries(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    step(&plan, ctx).await
}

#[job(discard_on(any, when = |e: &(dyn std::error::Error + 'static)| e.is::<Flaky>()), retry_on(Flaky, Gone, attempts = 3))]
async fn first_discards(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    step(&plan, ctx).await
}

#[jobs::base(retry_on(Gone, attempts = 2), discard_on(Api::Broken), retry = 1)]
struct Outermost;

#[jobs::base(base = Outermost, retry_on(Other, attempts = 4))]
struct Inner;

#[job(base = Inner, retry_on(Flaky, attempts = 3))]
async fn with_bases(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    step(&plan, ctx).await
}

#[job(base = Inner, retry_on(Flaky, attempts = 3), retry = 0)]
async fn own_retry(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    step(&plan, ctx).await
}

#[job(base = Inner, discard_on(Gone))]
async fn overrides_base(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    step(&plan, ctx).await
}

#[job]
async fn plain(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    step(&plan, ctx).await
}

#[job(
    discard_on(Api::Client(400..=499)),
    retry_on(Api, when = |e: &Api| matches!(e, Api::Broken), attempts = 2),
    retry_on(Api, attempts = 3, id = "rest"),
)]
async fn patterns(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    step(&plan, ctx).await
}

#[job(retry_on(Flaky, when = |_: &Flaky| panic!("a `when` that panics")), retry = 1)]
async fn rude_when(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    step(&plan, ctx).await
}

const NONE: &[&str] = &[];

async fn order(place: Arc<Place>) {
    let row = |what, job, plan, end, runs| Row {
        what,
        job,
        plan,
        end,
        runs,
        hooks: NONE,
    };
    use State::{Dead, Discarded, Succeeded};
    check(
        place,
        &[
            row(
                "a rule above `any`",
                FirstRetries::perform_later,
                "flaky",
                Dead,
                2,
            ),
            row(
                "`any` takes the rest",
                FirstRetries::perform_later,
                "gone",
                Discarded,
                1,
            ),
            row(
                "first written wins",
                FirstDiscards::perform_later,
                "flaky",
                Discarded,
                1,
            ),
            row(
                "`when` lets others by",
                FirstDiscards::perform_later,
                "gone",
                Dead,
                3,
            ),
            row(
                "the job's own rule",
                WithBases::perform_later,
                "flaky",
                Dead,
                3,
            ),
            row(
                "its base's rule",
                WithBases::perform_later,
                "other",
                Dead,
                4,
            ),
            row(
                "the rule of its base's base",
                WithBases::perform_later,
                "gone",
                Dead,
                2,
            ),
            row(
                "discards of a base",
                WithBases::perform_later,
                "broken",
                Discarded,
                1,
            ),
            row(
                "`retry` of a base",
                WithBases::perform_later,
                "client400",
                Dead,
                2,
            ),
            row(
                "the job's `retry` comes before its base's rules",
                OwnRetry::perform_later,
                "gone",
                Dead,
                1,
            ),
            row(
                "and after its own",
                OwnRetry::perform_later,
                "flaky",
                Dead,
                3,
            ),
            row(
                "a job's rule over its base's",
                OverridesBase::perform_later,
                "gone",
                Discarded,
                1,
            ),
            row(
                "25 retries without a word",
                Plain::perform_later,
                "other",
                Dead,
                26,
            ),
            row(
                "a success in between ends it",
                Plain::perform_later,
                "other other ok",
                Succeeded,
                3,
            ),
            row(
                "a pattern",
                Patterns::perform_later,
                "client400",
                Discarded,
                1,
            ),
            row(
                "outside of the pattern",
                Patterns::perform_later,
                "client500",
                Dead,
                3,
            ),
            row(
                "`when` of a type",
                Patterns::perform_later,
                "broken",
                Dead,
                2,
            ),
            row(
                "a `when` that panics meets nothing",
                RudeWhen::perform_later,
                "flaky",
                Dead,
                2,
            ),
        ],
    )
    .await;
}

#[job(retry_on(Flaky, Gone, attempts = 3), retry_on(Other, attempts = 3))]
async fn shared(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    step(&plan, ctx).await
}

#[job(retry_on(Flaky, attempts = 3), retry_on(Gone, attempts = 3), retry = 2)]
async fn apart(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    step(&plan, ctx).await
}

#[job(retry_on(Flaky, attempts = unlimited), retry_on(Gone))]
async fn unlimited(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    step(&plan, ctx).await
}

async fn counts(place: Arc<Place>) {
    let row = |what, job, plan, end, runs| Row {
        what,
        job,
        plan,
        end,
        runs,
        hooks: NONE,
    };
    use State::{Dead, Succeeded};
    check(
        place,
        &[
            row(
                "types of one rule share",
                Shared::perform_later,
                "flaky gone flaky",
                Dead,
                3,
            ),
            row(
                "another rule counts apart",
                Shared::perform_later,
                "flaky other gone other flaky",
                Dead,
                5,
            ),
            row(
                "separate rules",
                Apart::perform_later,
                "flaky gone flaky gone flaky",
                Dead,
                5,
            ),
            row(
                "`retry` counts only unmatched errors",
                Apart::perform_later,
                "other flaky other flaky other",
                Dead,
                5,
            ),
            row(
                "unlimited",
                Unlimited::perform_later,
                "flaky flaky flaky flaky flaky flaky flaky flaky ok",
                Succeeded,
                9,
            ),
            row(
                "five unless said",
                Unlimited::perform_later,
                "gone",
                Dead,
                5,
            ),
        ],
    )
    .await;
}

#[job(retry_on(Flaky, attempts = 3, id = "slow-api"))]
async fn with_id(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    step(&plan, ctx).await
}

async fn a_count_is_kept_under_the_rule_s_id(place: Arc<Place>) {
    let bench = Bench::new(&place).await;
    let handle = WithId::perform_later("flaky")
        .on(&bench.jobs)
        .await
        .expect("enqueued");
    bench.failed(handle.id(), 1).await;
    bench.worker.stop().await.expect("stopped");
    let far = chrono::Utc::now() + chrono::TimeDelta::days(1);
    bench.storage.promote(9, Some(far)).await.expect("promoted");
    let worker = make::registered(&*bench.storage, 0).await;
    let claimed = bench
        .storage
        .claim(make::take(worker, "default", 1), None)
        .await
        .expect("claimed");
    let counters = claimed[0].counters.as_deref().expect("counters");
    assert!(counters.contains(r#""slow-api":[1,"#), "{counters}");
}

#[job(retry_on(any, attempts = 5))]
async fn any_retries(n: u32) {
    let _ = n;
}

#[job(discard_on(jobs::DeserializationError), retry_on(any))]
async fn any_and_payloads(n: u32) {
    let _ = n;
}

async fn any_is_not_for_payloads(place: Arc<Place>) {
    let bench = Bench::new(&place).await;
    for (name, end) in [
        ("AnyRetries", State::Dead),
        ("AnyAndPayloads", State::Discarded),
    ] {
        let kinds = make::declare(&*bench.storage, &[name]).await;
        let job = jobs::storage::NewJob {
            args: r#"{"n":"not a number"}"#.to_owned(),
            ..make::job(kinds[0])
        };
        let id = job.id;
        bench
            .storage
            .insert(vec![job], None)
            .await
            .expect("inserted");
        bench.nudge().await;
        let record = bench.end(id).await;
        assert_eq!(record.state, end, "{record:?}");
        assert_eq!(record.attempts.len(), 1);
        let error = record.attempts[0].error.as_ref().expect("an error");
        assert!(
            error.type_name().ends_with("DeserializationError"),
            "{error:?}"
        );
        assert!(error.message().contains("`n`"), "{error:?}");
    }
    bench.stop().await;
}

async fn a_manual_retry_starts_the_counts_anew(place: Arc<Place>) {
    let bench = Bench::new(&place).await;
    let handle = Apart::perform_later("flaky")
        .on(&bench.jobs)
        .await
        .expect("enqueued");
    let id = handle.id();
    assert_eq!(bench.end(id).await.attempts.len(), 3);
    let letters = bench.jobs.dead_letters().list().await.expect("listed");
    assert!(letters[0].retry().await.expect("retried"));
    assert!(!letters[0].retry().await.expect("asked"));
    until("it runs again", async || notes(id).len() > 3).await;
    let record = bench.end(id).await;
    assert_eq!(record.state, State::Dead);
    assert_eq!(record.attempts.len(), 6, "history is kept: {record:?}");
    let again = [1, 2, 3].map(|n| format!("run {n} flaky"));
    assert_eq!(notes(id), [again.clone(), again].concat());
    assert_eq!(bench.letters(id).await, 2);
    bench.stop().await;
}
