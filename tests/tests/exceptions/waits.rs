//! How long a retry waits: planned time minus the time of the failure, never less than the base, at most 15 % more.

use std::{sync::Arc, time::Duration};

use jobs::{BoxError, Enqueue, JobContext, JobRecord, State, job};
use jobs_tests::{
    notes::notes,
    place::{Place, until},
    tests,
};

use crate::{
    drive::Bench,
    errors::{Api, Flaky, Gone, step},
};

tests!(
    every_backoff,
    given_waits_have_no_jitter,
    queue_and_priority_of_the_retry,
    within_bounds_the_time_since_the_first,
    a_failed_run_waits_its_time,
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

fn growing(n: u32, error: &Gone) -> Duration {
    assert_eq!(error.to_string(), "gone");
    Duration::from_secs(u64::from(n) * 1_000)
}

failing! {
    bare(retry_on(Flaky));
    constant(retry_on(Flaky, wait = "10m"));
    linear(retry_on(Flaky, wait = "1m", backoff = "linear"));
    exponential(retry_on(Flaky, wait = "10s", backoff = "exponential"));
    by_factor(retry_on(Flaky, wait = "10s", backoff = exponential, factor = 10));
    polynomial(retry_on(Flaky, backoff = "polynomial"));
    old_word(retry_on(Flaky, backoff = "exponentially_longer"));
    no_jitter(retry_on(Flaky, wait = "10m", jitter = 0));
    capped(retry_on(Flaky, wait = "1h", backoff = "exponential", max_wait = "90m"));
    sidekiq(retry = 5);
    by_function(retry_on(Gone, wait = growing));
    by_closure(retry_on(Flaky, backoff = |n, _e| Duration::from_secs(u64::from(n) * 50)));
    by_binding(retry_on(Api::RateLimited { retry_after }, wait = retry_after));
    capped_binding(retry_on(Api::RateLimited { retry_after }, wait = retry_after, max_wait = "1m"));
    elsewhere(retry_on(Flaky, wait = "1h", queue = "low", priority = 5), queue = "default", priority = -3);
    windowed(retry_on(Flaky, wait = "100ms", jitter = 0, within = "450ms"));
    too_long(retry_on(Flaky, wait = "2h", within = "1h"));
    soon(retry_on(Flaky, wait = "300ms", jitter = 0, attempts = 2));
}

fn planned(record: &JobRecord) -> Duration {
    let ended = record.attempts.last().and_then(|attempt| attempt.ended_at);
    let wait = record.run_at - ended.expect("it ended");
    wait.to_std()
        .expect("the retry is planned after the failure")
}

/// Times are stored in microseconds, and between the failure and its write goes a little time.
const ROUNDING: Duration = Duration::from_millis(2);
const SLACK: Duration = Duration::from_secs(2);

async fn series(bench: &Bench, job: Enqueue<()>, bases: &[u64], jitter: f64, what: &str) {
    let handle = job.on(&bench.jobs).await.expect("enqueued");
    for (n, base) in bases.iter().enumerate() {
        let record = bench.failed(handle.id(), n + 1).await;
        let (waits, base) = (planned(&record), Duration::from_secs(*base));
        let longest = base.mul_f64(1.0 + jitter) + SLACK;
        assert!(
            waits + ROUNDING >= base && waits <= longest,
            "{what}, failure {}: {waits:?} is not between {base:?} and {longest:?}",
            n + 1
        );
        bench.bring_forward().await;
    }
}

async fn every_backoff(place: Arc<Place>) {
    let bench = Bench::new(&place).await;
    let five = |base: u64| [base; 4];
    series(&bench, Bare::perform_later("flaky"), &five(3), 0.15, "bare").await;
    series(
        &bench,
        Constant::perform_later("flaky"),
        &five(600),
        0.15,
        "constant",
    )
    .await;
    series(
        &bench,
        Linear::perform_later("flaky"),
        &[60, 120, 180, 240],
        0.15,
        "linear",
    )
    .await;
    series(
        &bench,
        Exponential::perform_later("flaky"),
        &[10, 20, 40, 80],
        0.15,
        "exponential",
    )
    .await;
    series(
        &bench,
        ByFactor::perform_later("flaky"),
        &[10, 100, 1_000, 10_000],
        0.15,
        "factor",
    )
    .await;
    series(
        &bench,
        Polynomial::perform_later("flaky"),
        &[3, 18, 83, 258],
        0.15,
        "polynomial",
    )
    .await;
    series(
        &bench,
        OldWord::perform_later("flaky"),
        &[3, 18, 83, 258],
        0.15,
        "exponentially_longer",
    )
    .await;
    series(
        &bench,
        NoJitter::perform_later("flaky"),
        &five(600),
        0.0,
        "no jitter",
    )
    .await;
    // The cap is on the sum: an hour may grow by its jitter, the rest may not exceed 90 minutes.
    series(
        &bench,
        Capped::perform_later("flaky"),
        &[3_600],
        0.15,
        "below max_wait",
    )
    .await;
    let handle = Capped::perform_later("flaky")
        .on(&bench.jobs)
        .await
        .expect("enqueued");
    bench.failed(handle.id(), 1).await;
    bench.bring_forward().await;
    let waits = planned(&bench.failed(handle.id(), 2).await);
    assert!(
        waits + ROUNDING >= Duration::from_secs(5_400) && waits <= Duration::from_secs(5_402),
        "{waits:?}"
    );
    // Sidekiq: count⁴ + 15 s, and up to 10 · (count + 1) s.
    let handle = Sidekiq::perform_later("flaky")
        .on(&bench.jobs)
        .await
        .expect("enqueued");
    for count in 0..4_u64 {
        let failures = usize::try_from(count).expect("small") + 1;
        let waits = planned(&bench.failed(handle.id(), failures).await);
        let base = Duration::from_secs(count.pow(4) + 15);
        let longest = base + Duration::from_secs(10 * (count + 1)) + SLACK;
        assert!(
            waits + ROUNDING >= base && waits <= longest,
            "{count}: {waits:?}"
        );
        bench.bring_forward().await;
    }
    bench.stop().await;
}

async fn given_waits_have_no_jitter(place: Arc<Place>) {
    let bench = Bench::new(&place).await;
    series(
        &bench,
        ByFunction::perform_later("gone"),
        &[1_000, 2_000, 3_000, 4_000],
        0.0,
        "function",
    )
    .await;
    series(
        &bench,
        ByClosure::perform_later("flaky"),
        &[50, 100, 150],
        0.0,
        "closure",
    )
    .await;
    series(
        &bench,
        ByBinding::perform_later("limited"),
        &[700, 700],
        0.0,
        "binding",
    )
    .await;
    series(
        &bench,
        CappedBinding::perform_later("limited"),
        &[60, 60],
        0.0,
        "capped binding",
    )
    .await;
    series(
        &bench,
        Bare::perform_later("retry_in"),
        &[500, 500],
        0.0,
        "RetryIn",
    )
    .await;
    series(
        &bench,
        Bare::perform_later("ctx_retry_in"),
        &[500, 500],
        0.0,
        "ctx.retry_in",
    )
    .await;
    bench.stop().await;
}

async fn queue_and_priority_of_the_retry(place: Arc<Place>) {
    let bench = Bench::new(&place).await;
    let handle = Elsewhere::perform_later("flaky ok")
        .on(&bench.jobs)
        .await
        .expect("enqueued");
    let record = bench.failed(handle.id(), 1).await;
    assert_eq!((record.queue.as_str(), record.priority), ("low", 5));
    assert_eq!(bench.end(handle.id()).await.state, State::Succeeded);
    let handle = Elsewhere::perform_later("retry_in")
        .on(&bench.jobs)
        .await
        .expect("enqueued");
    let record = bench.failed(handle.id(), 1).await;
    assert_eq!(
        (record.queue.as_str(), record.priority),
        ("default", -3),
        "no rule, no move"
    );
    bench.stop().await;
}

async fn within_bounds_the_time_since_the_first(place: Arc<Place>) {
    let bench = Bench::new(&place).await;
    let handle = TooLong::perform_later("flaky")
        .on(&bench.jobs)
        .await
        .expect("enqueued");
    let record = bench.end(handle.id()).await;
    assert_eq!(
        (record.state, record.attempts.len()),
        (State::Dead, 1),
        "no retry is planned past the window"
    );
    // Unlimited attempts, in real time.
    let handle = Windowed::perform_later("flaky")
        .on(&bench.jobs)
        .await
        .expect("enqueued");
    until("its window is over", async || {
        handle.state().await.expect("a state").is_final()
    })
    .await;
    let record = bench.record(handle.id()).await;
    assert_eq!(record.state, State::Dead);
    assert!((2..=5).contains(&record.attempts.len()), "{record:?}");
    let first = record.attempts[0].ended_at.expect("it ended");
    assert!(
        record.run_at - first <= chrono::TimeDelta::milliseconds(480),
        "{record:?}"
    );
    bench.stop().await;
}

async fn a_failed_run_waits_its_time(place: Arc<Place>) {
    let bench = Bench::new(&place).await;
    let handle = Soon::perform_later("flaky ok")
        .on(&bench.jobs)
        .await
        .expect("enqueued");
    assert!(handle.result().await.is_ok());
    let record = bench.record(handle.id()).await;
    let ended = record.attempts[0].ended_at.expect("it ended");
    let waited = (record.attempts[1].started_at - ended)
        .to_std()
        .expect("later");
    assert!(
        waited + ROUNDING >= Duration::from_millis(300),
        "{waited:?}"
    );
    assert!(waited < Duration::from_secs(3), "{waited:?}");
    assert_eq!(notes(handle.id()).len(), 2);
    bench.stop().await;
}
