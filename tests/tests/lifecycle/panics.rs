//! Panics in every place where code of the user's runs: the job comes to an end, and its slot is free again.

use std::{error::Error as StdError, fmt, panic::panic_any, sync::Arc, time::Duration};

use jobs::{BoxError, Enqueue, JobContext, JobError, Next, Outcome, State, job};
use jobs_tests::{place::Place, tests};

use crate::bench::{Calm, ended};

tests!(the_job_ends_and_the_slot_is_free, of_a_handles_hooks);

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("a drop");
        }
    }
}

/// An error that panics where it is told to.
#[derive(Debug)]
struct Rude(&'static str);

impl fmt::Display for Rude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        assert!(self.0 != "display", "a text");
        f.write_str("rude")
    }
}

impl StdError for Rude {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        assert!(self.0 != "source", "a source");
        None
    }
}

impl Drop for Rude {
    fn drop(&mut self) {
        assert!(
            self.0 != "drop" || std::thread::panicking(),
            "an error's drop"
        );
    }
}

/// No error, and its conversion into one panics.
#[derive(Debug)]
struct NoError;

impl From<NoError> for BoxError {
    fn from(_: NoError) -> Self {
        panic!("a conversion")
    }
}

/// Its text panics, and so does its conversion.
struct NoText;

impl fmt::Display for NoText {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no text")
    }
}

impl From<NoText> for BoxError {
    fn from(_: NoText) -> Self {
        panic!("a conversion")
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Output(u8);

impl Drop for Output {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "an output's drop");
    }
}

#[job(retry = 0)]
async fn returns(how: String) -> Result<(), Rude> {
    match how.as_str() {
        "display" => Err(Rude("display")),
        "source" => Err(Rude("source")),
        _ => Err(Rude("drop")),
    }
}

#[job(retry = 0)]
async fn returns_no_error() -> Result<(), NoError> {
    Err(NoError)
}

#[job(retry = 0)]
async fn returns_no_text() -> Result<(), NoText> {
    Err(NoText)
}

#[job(retry = 0)]
async fn returns_an_output() -> Output {
    Output(1)
}

#[job(retry = 0)]
async fn drops_a_local() {
    let _bomb = Bomb;
    tokio::task::yield_now().await;
}

#[job(retry = 0)]
async fn panics_with_a_bomb() {
    panic_any(Bomb);
}

#[job(retry = 0, timeout = "50ms")]
async fn times_out_with_a_bomb() {
    let _bomb = Bomb;
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[job(retry = 0, blocking)]
fn blocks_and_panics() {
    panic_any(Bomb);
}

fn plain_before(_: &JobContext) -> Result<(), BoxError> {
    panic!("before")
}

fn plain_around<'a>(
    _: &'a JobContext,
    _: Next<'a>,
) -> futures_core::future::BoxFuture<'a, Outcome> {
    panic!("around")
}

fn plain_after(_: &JobContext, _: &Outcome) {
    panic!("after")
}

fn plain_failure(_: &JobContext, _: &JobError) {
    panic!("failure")
}

#[job(
    retry = 0,
    before_perform = plain_before,
    around_perform = plain_around,
    after_perform = plain_after,
    on_exhausted = plain_failure,
    after_discard = plain_failure,
)]
async fn plain_hooks(fails: bool) -> Result<(), String> {
    if fails { Err("failed".into()) } else { Ok(()) }
}

async fn the_job_ends_and_the_slot_is_free(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().concurrency(1).start().await.expect("started");
    let returns = |how: &str| -> Enqueue<()> { Returns::perform_later(how) };
    let cases: Vec<(&str, Enqueue<()>, State, &str)> = vec![
        (
            "a text",
            returns("display"),
            State::Dead,
            "(the error's `Display` panicked)",
        ),
        ("a source", returns("source"), State::Dead, "rude"),
        ("an error's drop", returns("drop"), State::Dead, "rude"),
        (
            "a conversion",
            ReturnsNoError::perform_later(),
            State::Dead,
            "an error without a text",
        ),
        (
            "no text",
            ReturnsNoText::perform_later(),
            State::Dead,
            "(the error's `Display` panicked)",
        ),
        (
            "a local's drop",
            DropsALocal::perform_later(),
            State::Dead,
            "panicked: a drop",
        ),
        (
            "a payload's drop",
            PanicsWithABomb::perform_later(),
            State::Dead,
            "panicked: (no message)",
        ),
        (
            "a drop at a timeout",
            TimesOutWithABomb::perform_later(),
            State::Dead,
            "timed out after 50ms",
        ),
        (
            "a thread",
            BlocksAndPanics::perform_later(),
            State::Dead,
            "panicked: (no message)",
        ),
        (
            "hooks of a failure",
            PlainHooks::perform_later(true),
            State::Dead,
            "failed",
        ),
        (
            "hooks of a success",
            PlainHooks::perform_later(false),
            State::Succeeded,
            "",
        ),
    ];
    for (what, enqueue, state, message) in cases {
        let id = enqueue.on(&jobs).await.expect("enqueued").id();
        let record = ended(&jobs, id).await;
        assert_eq!(record.state, state, "{what}: {record:?}");
        let error = record
            .attempts
            .last()
            .and_then(|attempt| attempt.error.as_ref());
        let said = error.map_or("", |error| error.message());
        assert_eq!(said, message, "{what}");
    }
    let output = ReturnsAnOutput::perform_later()
        .on(&jobs)
        .await
        .expect("enqueued");
    assert_eq!(ended(&jobs, output.id()).await.state, State::Dead);
    let after = Calm::perform_later().on(&jobs).await.expect("enqueued");
    after.result().await.expect("the only slot is free");
    worker.stop().await.expect("stopped");
}

async fn of_a_handles_hooks(place: Arc<Place>) {
    let jobs = place
        .builder()
        .before_perform(
            |_: &JobContext| -> std::future::Ready<Result<(), BoxError>> { panic!("before") },
        )
        .after_perform(|_: &JobContext, _: &Outcome| -> std::future::Ready<()> { panic!("after") })
        .on_dead(|_| -> std::future::Ready<()> { panic!("on_dead") })
        .await
        .expect("connected");
    let worker = jobs.worker().concurrency(1).start().await.expect("started");
    let failing = PlainHooks::perform_later(true)
        .on(&jobs)
        .await
        .expect("enqueued");
    assert_eq!(ended(&jobs, failing.id()).await.state, State::Dead);
    let after = Calm::perform_later().on(&jobs).await.expect("enqueued");
    after.result().await.expect("the only slot is free");
    worker.stop().await.expect("stopped");
}
