//! The types in which a function may return its error; rules look through all of them.

use std::sync::Arc;

use jobs::{BoxError, JobContext, JobError, State, job};
use jobs_tests::{place::Place, tests};

use crate::{
    drive::{Bench, Row, check},
    errors::{Clear, Flaky, Middle, Outer, step},
};

tests!(
    rules_look_through_every_type,
    what_is_kept_of_each,
    errors_that_misbehave,
);

/// A rule for the innermost error decides: two executions, where no rule would mean one.
macro_rules! returning {
    ($($name:ident: $returns:ty = $error:expr;)*) => {
        $(
            #[job(retry_on(Flaky, attempts = 2), retry = 0)]
            async fn $name(plan: String, #[ctx] ctx: &JobContext) -> $returns {
                let _ = step("ok", ctx).await;
                if plan == "ok" { Ok(()) } else { $error }
            }
        )*
    };
}

returning! {
    concrete: Result<(), Flaky> = Err(Flaky);
    chained: Result<(), Outer> = Err(Outer(Middle(Flaky)));
    hidden: Result<(), Clear> = Err(Clear(Flaky));
    boxed: Result<(), Box<dyn std::error::Error + Send + Sync>> = Err(Outer(Middle(Flaky)).into());
    by_anyhow: anyhow::Result<()> = Err(anyhow::Error::new(Flaky).context("sending").context("welcoming"));
    by_eyre: eyre::Result<()> = Err(eyre::Report::new(Flaky).wrap_err("sending").wrap_err("welcoming"));
    text: Result<(), String> = Err("just text".to_owned());
    hidden_in_anyhow: anyhow::Result<()> = Err(anyhow::Error::new(jobs::Discard("gone meanwhile")).context("looking it up"));
}

#[job(retry_on(Clear, attempts = 2), retry = 0)]
async fn the_wrapper(plan: String, #[ctx] ctx: &JobContext) -> Result<(), BoxError> {
    step(&plan, ctx).await
}

async fn rules_look_through_every_type(place: Arc<Place>) {
    let row = |what, job, end, runs| Row {
        what,
        job,
        plan: "clear",
        end,
        runs,
        hooks: &[],
    };
    use State::{Dead, Discarded};
    check(
        place,
        &[
            row("a concrete type", Concrete::perform_later, Dead, 2),
            row("three deep", Chained::perform_later, Dead, 2),
            row(
                "`transparent` hides the inner type",
                Hidden::perform_later,
                Dead,
                1,
            ),
            row(
                "its wrapper can be matched",
                TheWrapper::perform_later,
                Dead,
                2,
            ),
            row("a box", Boxed::perform_later, Dead, 2),
            row("anyhow with context", ByAnyhow::perform_later, Dead, 2),
            row("eyre with context", ByEyre::perform_later, Dead, 2),
            row("a String has no type", Text::perform_later, Dead, 1),
            row(
                "an end inside anyhow",
                HiddenInAnyhow::perform_later,
                Discarded,
                1,
            ),
        ],
    )
    .await;
}

async fn kept(bench: &Bench, job: jobs::Enqueue<()>) -> JobError {
    let handle = job.on(&bench.jobs).await.expect("enqueued");
    let record = bench.end(handle.id()).await;
    let last = record.attempts.last().expect("an attempt");
    last.error.clone().expect("an error")
}

async fn what_is_kept_of_each(place: Arc<Place>) {
    let bench = Bench::new(&place).await;
    let error = kept(&bench, Chained::perform_later("")).await;
    assert!(error.type_name().ends_with("errors::Outer"), "{error:?}");
    assert_eq!(
        (error.message(), error.chain()),
        ("outer", &["middle".to_owned(), "flaky".to_owned()][..])
    );
    for error in [
        kept(&bench, ByAnyhow::perform_later("")).await,
        kept(&bench, ByEyre::perform_later("")).await,
    ] {
        assert!(
            error.type_name().ends_with("errors::Flaky"),
            "the rule's type, not the box's: {error:?}"
        );
        assert_eq!(error.message(), "welcoming");
        assert_eq!(error.chain(), ["sending", "flaky"]);
    }
    let error = kept(&bench, Text::perform_later("")).await;
    assert_eq!((error.message(), error.chain().len()), ("just text", 0));
    assert!(error.type_name().ends_with("String"), "{error:?}");
    bench.stop().await;
}

#[derive(Debug)]
struct Mute;
impl std::fmt::Display for Mute {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("no text from me")
    }
}
impl std::error::Error for Mute {}

#[job(retry = 0)]
async fn rude() -> Result<(), Mute> {
    Err(Mute)
}

#[job(retry = 0)]
async fn talkative(n: usize) -> Result<(), String> {
    Err("\0é".repeat(n))
}

#[job(retry = 0)]
async fn too_much(n: usize) -> String {
    "x".repeat(n)
}

async fn errors_that_misbehave(place: Arc<Place>) {
    let bench = Bench::new(&place).await;
    let error = kept(&bench, Rude::perform_later()).await;
    assert!(error.message().contains("panicked"), "{error:?}");
    let error = kept(&bench, Talkative::perform_later(60_000)).await;
    assert!(
        error.message().len() < 65 * 1_024 && error.message().contains("[cut:"),
        "{}",
        error.message().len()
    );
    assert!(error.message().starts_with("\u{FFFD}é"));
    let handle = TooMuch::perform_later(2 << 20)
        .on(&bench.jobs)
        .await
        .expect("enqueued");
    let record = bench.end(handle.id()).await;
    assert_eq!(record.state, State::Dead);
    let error = record.attempts[0].error.as_ref().expect("an error");
    assert!(
        error.message().contains("the limit is 1048576"),
        "{error:?}"
    );
    bench.stop().await;
}
