//! Waiting for results.

use std::{sync::Arc, time::Duration};

use jobs::{Error, JobContext, JobHandle, JobId, State, job};
use jobs_tests::{place::Place, tests};

tests!(
    wait_all_gives_outputs_in_order_and_the_first_failure,
    a_job_may_not_wait_for_jobs,
    handles_say_how_a_job_ended,
    a_spawned_task_keeps_the_handle
);

#[job(retry = 0)]
async fn half(n: u64) -> Result<u64, String> {
    if n % 2 == 1 {
        return Err(format!("{n} is odd"));
    }
    Ok(n / 2)
}

async fn wait_all_gives_outputs_in_order_and_the_first_failure(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let enqueue = async |n: u64| jobs.enqueue(Half { n }).await.expect("enqueued");
    let three = [enqueue(2).await, enqueue(6).await, enqueue(4).await];
    assert_eq!(
        jobs::wait_all(three).await.expect("all ended well"),
        [1, 3, 2]
    );
    let (one, five) = (enqueue(1).await, enqueue(5).await);
    let handles = vec![enqueue(8).await, five.clone(), one];
    let error = jobs::wait_all(handles).await.expect_err("two are odd");
    assert!(
        matches!(&error, Error::JobDead { id, .. } if *id == five.id()),
        "{error}"
    );
    let none: Vec<JobHandle<u64>> = Vec::new();
    assert!(
        jobs::wait_all(none)
            .await
            .expect("nothing to wait for")
            .is_empty()
    );
    worker.stop().await.expect("stopped");
}

#[job(retry = 0)]
async fn waits_inside(all: bool) -> Result<u64, Error> {
    let inner = Half::perform_later(2).await?;
    if all {
        return jobs::wait_all([inner])
            .await
            .map(|sizes| sizes.len() as u64);
    }
    inner.result().await
}

async fn a_job_may_not_wait_for_jobs(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    for (all, call) in [(true, "jobs::wait_all"), (false, "JobHandle::result")] {
        let waiting = WaitsInside::perform_later(all)
            .on(&jobs)
            .await
            .expect("enqueued");
        let error = waiting.result().await.expect_err("refused");
        let text = error.to_string();
        assert!(
            text.contains(call) && text.contains("flow.run_all"),
            "{text}"
        );
    }
    worker.stop().await.expect("stopped");
}

#[job]
async fn chooses(what: String, #[ctx] ctx: &JobContext) -> Result<(), jobs::BoxError> {
    match &*what {
        "discard" => ctx.discard("not now").await,
        "dead" => ctx.dead("never").await,
        _ => Ok(()),
    }
}

async fn handles_say_how_a_job_ended(place: Arc<Place>) {
    let jobs = place.connect().await;
    let waiting = Chooses::perform_later("ok")
        .wait(Duration::from_secs(3_600))
        .on(&jobs);
    let waiting = waiting.await.expect("enqueued");
    let late = waiting
        .result_within(Duration::from_millis(20))
        .await
        .expect_err("not yet");
    assert!(
        matches!(late, Error::NotYet { id, .. } if id == waiting.id()),
        "{late}"
    );
    assert!(waiting.cancel().await.expect("cancelled"));
    assert!(!waiting.cancel().await.expect("it had ended"));
    let error = waiting.result().await.expect_err("cancelled");
    assert!(matches!(error, Error::JobCancelled { .. }), "{error}");

    let worker = jobs.worker().start().await.expect("started");
    let enqueue = async |what: &str| {
        Chooses::perform_later(what)
            .on(&jobs)
            .await
            .expect("enqueued")
    };
    enqueue("ok").await.result().await.expect("it ended well");
    let error = enqueue("discard")
        .await
        .result()
        .await
        .expect_err("discarded");
    assert!(
        matches!(&error, Error::JobDiscarded { reason: Some(why), .. } if why == "not now"),
        "{error}"
    );
    let dead = enqueue("dead").await;
    let error = dead.result().await.expect_err("dead");
    assert!(
        matches!(&error, Error::JobDead { error, .. } if error.message().contains("never")),
        "{error}"
    );
    let again = jobs.handle::<Chooses>(dead.id());
    assert_eq!(again.state().await.expect("there"), State::Dead);
    let nobody = jobs.handle::<Chooses>(JobId::new());
    for error in [
        nobody.state().await.map(drop).expect_err("unknown"),
        nobody.result().await.expect_err("unknown"),
        nobody.cancel().await.map(drop).expect_err("unknown"),
    ] {
        assert!(
            matches!(error, Error::NotFound { id } if id == nobody.id()),
            "{error}"
        );
    }
    worker.stop().await.expect("stopped");
}

async fn a_spawned_task_keeps_the_handle(place: Arc<Place>) {
    let jobs = place.connect().await;
    let (kept, lost) = jobs::with(&jobs, async {
        let kept = jobs::spawn(async { Half::perform_later(2).await });
        let lost = tokio::spawn(async { Half::perform_later(2).await });
        (kept.await.expect("no panic"), lost.await.expect("no panic"))
    })
    .await;
    assert_eq!(
        kept.expect("enqueued").state().await.expect("there"),
        State::Ready
    );
    assert!(matches!(lost, Err(Error::NotInstalled)));
}
