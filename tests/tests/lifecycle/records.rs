//! What is kept of jobs, and for how long.

use std::{sync::Arc, time::Duration};

use chrono::{TimeDelta, Utc};
use jobs::{Error, JobContext, State, job};
use jobs_tests::{
    place::{Place, until},
    tests,
};

tests!(
    a_cancelled_job_is_kept_as_long_as_it_says,
    long_words_are_cut_with_a_mark,
    what_a_job_said_last_is_kept,
    an_output_over_the_limit_fails_the_job,
    a_number_that_json_lacks_fails_the_job,
    letters_are_found_by_what_they_say
);

/// Over sooner than progress is collected.
#[job]
async fn says_all(#[ctx] ctx: &JobContext) {
    ctx.progress(1, 2, "half");
    ctx.progress(2, 2, "all");
}

async fn what_a_job_said_last_is_kept(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let handle = SaysAll::perform_later().on(&jobs).await.expect("enqueued");
    handle.result().await.expect("it ends");
    let record = jobs.get(handle.id()).await.expect("read").expect("kept");
    let progress = record.progress.expect("kept");
    assert_eq!(
        (progress.done, progress.total, &*progress.message),
        (2, 2, "all")
    );
    worker.stop().await.expect("stopped");
    jobs.close().await;
}

#[job]
async fn usual() {}

#[job(retain = "7d")]
async fn kept() {}

#[job(retain = false)]
async fn fleeting() {}

async fn a_cancelled_job_is_kept_as_long_as_it_says(place: Arc<Place>) {
    let day = Duration::from_secs(86_400);
    let jobs = place.builder().retain(day).await.expect("connected");
    let later = Duration::from_secs(3_600);
    let usual = Usual::perform_later()
        .wait(later)
        .on(&jobs)
        .await
        .expect("enqueued");
    let kept = Kept::perform_later()
        .wait(later)
        .on(&jobs)
        .await
        .expect("enqueued");
    let fleeting = Fleeting::perform_later()
        .wait(later)
        .on(&jobs)
        .await
        .expect("enqueued");
    for handle in [&usual, &kept, &fleeting] {
        assert!(handle.cancel().await.expect("cancelled"));
    }
    assert!(matches!(
        fleeting.state().await,
        Err(Error::NotFound { .. })
    ));
    assert_eq!(usual.state().await.expect("there"), State::Cancelled);
    let storage = place.storage().await;
    let in_three_days = Utc::now() + TimeDelta::days(3);
    until("the usual one has gone", async || {
        let retains = vec![day, day * 7];
        storage
            .prune(retains, 1_000, Some(in_three_days))
            .await
            .expect("pruned");
        jobs.get(usual.id()).await.expect("read").is_none()
    })
    .await;
    assert_eq!(
        kept.state().await.expect("it stays for a week"),
        State::Cancelled
    );
}

#[job(retry = 0)]
async fn talks(#[ctx] ctx: &JobContext) -> Result<(), String> {
    ctx.progress(1, 2, "é".repeat(10_000));
    ctx.cancelled().await;
    Ok(())
}

async fn long_words_are_cut_with_a_mark(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let handle = Talks::perform_later().on(&jobs).await.expect("enqueued");
    until("its progress is kept", async || {
        let record = jobs
            .get(handle.id())
            .await
            .expect("read")
            .expect("a record");
        record.progress.is_some()
    })
    .await;
    let record = jobs
        .get(handle.id())
        .await
        .expect("read")
        .expect("a record");
    let progress = record.progress.expect("kept");
    assert_eq!((progress.done, progress.total), (1, 2));
    assert!(progress.message.len() < 1_100, "{}", progress.message.len());
    assert!(
        progress.message.ends_with("… [cut: 20000 bytes in all]"),
        "{}",
        progress.message
    );
    handle.cancel().await.expect("asked");
    worker.stop().await.expect("stopped");
}

#[job(retry = 0)]
async fn fills(bytes: usize) -> String {
    "x".repeat(bytes)
}

#[job(retry = 0)]
async fn divides(by: f64) -> Option<f64> {
    Some(1.0 / by)
}

async fn a_number_that_json_lacks_fails_the_job(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let fine = Divides::perform_later(2.0).on(&jobs).await;
    let fine = fine.expect("enqueued").result().await;
    assert_eq!(fine.expect("a number"), Some(0.5));
    let handle = Divides::perform_later(0.0).on(&jobs).await;
    let error = handle.expect("enqueued").result().await;
    let error = error.expect_err("no such number").to_string();
    assert!(error.contains("inf, which JSON does not have"), "{error}");
    worker.stop().await.expect("stopped");
}

async fn an_output_over_the_limit_fails_the_job(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    // With its quotes it is as long as may be.
    let fits = Fills::perform_later((1 << 20) - 2)
        .on(&jobs)
        .await
        .expect("enqueued");
    assert_eq!(fits.result().await.expect("it fits").len(), (1 << 20) - 2);
    let long = Fills::perform_later(1_usize << 20)
        .on(&jobs)
        .await
        .expect("enqueued");
    let error = long.result().await.expect_err("too long");
    let Error::JobDead { error, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(error.type_name(), "jobs::Output");
    for part in ["output", "1048578", "1048576"] {
        assert!(error.message().contains(part), "{}", error.message());
    }
    worker.stop().await.expect("stopped");
}

#[job(retry = 0)]
async fn fails(why: String) -> anyhow::Result<()> {
    Err(anyhow::anyhow!("the Deepest cause").context(why))
}

async fn letters_are_found_by_what_they_say(place: Arc<Place>) {
    let jobs = place.connect().await;
    let before = Utc::now() - TimeDelta::minutes(10);
    let worker = jobs.worker().start().await.expect("started");
    for n in 0..60 {
        let low = n % 2 == 0;
        let queue = if low {
            crate::queues::low
        } else {
            crate::queues::default
        };
        Fails::perform_later(format!("number {n:02}"))
            .queue(queue)
            .on(&jobs)
            .await
            .expect("enqueued");
    }
    let dead = || jobs.dead_letters().of::<Fails>();
    until("all are dead", async || {
        dead().list().await.expect("listed").len() == 60
    })
    .await;
    worker.stop().await.expect("stopped");
    let count = async |letters: jobs::DeadLetters| letters.list().await.expect("listed").len();
    assert_eq!(count(dead().queue(crate::queues::low)).await, 30);
    assert_eq!(count(dead().error("NUMBER 07")).await, 1);
    assert_eq!(count(dead().error("deepest CAUSE")).await, 60);
    assert_eq!(count(dead().error("100%")).await, 0);
    assert_eq!(count(dead().since(before)).await, 60);
    assert_eq!(
        count(dead().since(Utc::now() + TimeDelta::hours(1))).await,
        0
    );
    assert_eq!(count(jobs.dead_letters().of::<Usual>()).await, 0);
    let pages = [
        count(dead().page(1)).await,
        count(dead().page(2)).await,
        count(dead().page(3)).await,
    ];
    assert_eq!(pages, [50, 10, 0]);

    let letters = dead().list().await.expect("listed");
    let times: Vec<_> = letters.iter().map(|letter| letter.died_at).collect();
    assert!(
        times.is_sorted_by(|newer, older| newer >= older),
        "newest first"
    );
    let letter = &letters[0];
    assert_eq!(
        (letter.name.as_str(), letter.state, letter.attempts.len()),
        ("Fails", State::Dead, 1)
    );
    assert_eq!(letter.error.chain(), ["the Deepest cause"]);
    assert_eq!(letter.resolved_at, None);
    assert!(letter.retry().await.expect("retried") && !letter.retry().await.expect("once"));
    assert!(!letter.discard().await.expect("once"));
    let other = &letters[1];
    assert!(other.discard().await.expect("discarded"));
    let record = jobs.get(other.id).await.expect("read").expect("a record");
    assert_eq!(record.state, State::Discarded);
    let closed = dead().list().await.expect("listed");
    assert!(closed[0].resolved_at.is_some() && closed[1].resolved_at.is_some());
    assert_eq!(
        dead()
            .unresolved()
            .page(2)
            .retry_all()
            .await
            .expect("retried"),
        58
    );
}
