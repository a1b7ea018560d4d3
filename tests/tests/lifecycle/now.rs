//! `perform_now`: each way in which it can end.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use jobs::{BoxError, Disposition, EndNow, Error, JobContext, NowError, Outcome, job};
use jobs_tests::{place::Place, tests};

tests!(each_end_has_a_variant_of_its_own, hooks_see_the_end);

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("no {0}")]
struct No(u8);

async fn only_the_brave(ctx: &JobContext) -> Result<(), BoxError> {
    if ctx.job_name() == "HeldBack" {
        return Err("not today".into());
    }
    Ok(())
}

#[job(timeout = "3s")]
async fn ends(how: String, #[ctx] ctx: &JobContext) -> Result<u8, No> {
    match &*how {
        "fail" => return Err(No(7)),
        "panic" => panic!("on purpose"),
        "slow" => std::future::pending().await,
        "retry" => ctx.retry_in(Duration::from_secs(9)).await,
        "discard" => ctx.discard("why").await,
        "dead" => ctx.dead("why").await,
        _ => {}
    }
    Ok(3)
}

#[job(before_perform = only_the_brave)]
async fn held_back() {}

async fn each_end_has_a_variant_of_its_own(place: Arc<Place>) {
    let jobs = place.connect().await;
    let now = async |how: &str| Ends::perform_now(how).on(&jobs).await;
    assert_eq!(now("ok").await.expect("it ended well"), 3);
    let failed = now("fail").await.expect_err("it failed");
    assert_eq!(failed.job_error(), Some(&No(7)));
    assert!(matches!(failed, NowError::Job(No(7))));
    let panicked = now("panic").await;
    assert!(matches!(&panicked, Err(NowError::Panicked(why)) if why.message == "on purpose"));
    let slow = now("slow").await;
    assert!(matches!(slow, Err(NowError::TimedOut(late)) if late.limit == Duration::from_secs(3)));
    for how in ["retry", "discard", "dead"] {
        let ended = now(how).await;
        let Err(NowError::Ended(end)) = ended else {
            panic!("{how}: {ended:?}");
        };
        match end {
            EndNow::RetryIn(wait) => assert_eq!((how, wait.0), ("retry", Duration::from_secs(9))),
            EndNow::Discard(end) => assert_eq!((how, &*end.why), ("discard", "why")),
            EndNow::Dead(end) => assert_eq!((how, &*end.why), ("dead", "why")),
        }
    }
    let refused = HeldBack::perform_now().on(&jobs).await;
    assert!(matches!(&refused, Err(NowError::Refused(why)) if why.to_string() == "not today"));
    let nowhere = Ends::perform_now("ok").await;
    assert!(matches!(nowhere, Err(NowError::Setup(Error::NotInstalled))));
    // Nothing of all this was stored.
    assert!(jobs.dead_letters().list().await.expect("listed").is_empty());
}

async fn hooks_see_the_end(place: Arc<Place>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let shown = Arc::clone(&seen);
    let builder = place
        .builder()
        .after_perform(move |_: &JobContext, outcome: &Outcome| {
            let shown = (outcome.is_ok(), outcome.disposition());
            seen.lock().expect("unpoisoned").push(shown);
            std::future::ready(())
        });
    let jobs = builder.await.expect("connected");
    let before = Utc::now();
    for how in ["ok", "fail", "discard", "dead", "retry"] {
        let _ = Ends::perform_now(how).on(&jobs).await;
    }
    let mut shown = std::mem::take(&mut *shown.lock().expect("unpoisoned"));
    let (ok, last) = shown.pop().expect("the last");
    let Disposition::RetryAt(time) = last else {
        panic!("{last:?}");
    };
    assert!(ok && time - before >= TimeDelta::seconds(9), "{time}");
    let expected = [
        (true, Disposition::Done),
        (false, Disposition::Discarded),
        (false, Disposition::Discarded),
        (false, Disposition::Dead),
    ];
    assert_eq!(shown, expected);
}
