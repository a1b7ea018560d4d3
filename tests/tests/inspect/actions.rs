//! What is done by hand, and that it is noted.

use std::{sync::Arc, time::Duration};

use jobs::{
    Error, JobId, State,
    inspect::{Action, Answer, Filter, NewByName, Target},
    job,
};
use jobs_tests::{
    place::{Place, until},
    tests,
};

tests!(
    one_job_through_its_life,
    many_at_once,
    by_name_and_again,
    a_queue_is_cleared,
);

#[job(retry = 0)]
async fn inspect_waits(n: u32) -> Result<u32, String> {
    if n == 0 {
        Err("zero".to_owned())
    } else {
        Ok(n)
    }
}

async fn one_job_through_its_life(place: Arc<Place>) {
    let jobs = place.connect().await;
    let inspector = jobs.inspect().as_actor("web:ann <b>");
    let hour = Duration::from_secs(3_600);
    let job = InspectWaits::perform_later(0u32)
        .wait(hour)
        .on(&jobs)
        .await
        .expect("done");
    let id = job.id();
    assert_eq!(inspector.retry(id).await.expect("done"), Answer::Done);
    assert_eq!(job.state().await.expect("done"), State::Ready);
    assert!(matches!(
        inspector.retry(id).await.expect("done"),
        Answer::Refused(_)
    ));
    assert!(matches!(
        inspector.delete(id).await.expect("done"),
        Answer::Refused(_)
    ));
    let worker = jobs.worker().start().await.expect("done");
    until("it is dead", async || {
        job.state().await.expect("done") == State::Dead
    })
    .await;
    worker.stop().await.expect("done");
    assert!(matches!(
        inspector.cancel(id).await.expect("done"),
        Answer::Refused(_)
    ));
    assert!(matches!(
        inspector
            .edit(id, serde_json::json!([1]), true)
            .await
            .expect("done"),
        Answer::Refused(_)
    ));
    let edited = inspector
        .edit(id, serde_json::json!({ "n": 7 }), true)
        .await
        .expect("done");
    assert_eq!(edited, Answer::Done);
    let worker = jobs.worker().start().await.expect("done");
    assert_eq!(job.result().await.expect("done"), 7);
    worker.stop().await.expect("done");
    assert_eq!(inspector.delete(id).await.expect("done"), Answer::Done);
    assert_eq!(inspector.delete(id).await.expect("done"), Answer::NotFound);
    assert_eq!(inspector.get(id).await.expect("done"), None);
    for nobody in [
        inspector.retry(id).await,
        inspector.cancel(id).await,
        inspector.discard(id).await,
        inspector.edit(id, serde_json::json!({}), false).await,
    ] {
        assert_eq!(nobody.expect("done"), Answer::NotFound);
    }
    let job = InspectWaits::perform_later(1u32)
        .wait(hour)
        .on(&jobs)
        .await
        .expect("done");
    assert_eq!(
        inspector.discard(job.id()).await.expect("done"),
        Answer::Done
    );
    let record = inspector.get(job.id()).await.expect("done").expect("done");
    assert_eq!(record.state, State::Discarded);
    assert_eq!(record.reason.as_deref(), Some("discarded by web:ann <b>"));
    let noted = inspector.audit(None, 50).await.expect("done");
    let actions: Vec<_> = noted
        .items
        .iter()
        .rev()
        .map(|entry| &*entry.action)
        .collect();
    assert_eq!(actions, ["retry", "edit", "delete", "discard"]);
    assert!(noted.items.iter().all(|entry| entry.actor == "web:ann <b>"));
    let second = inspector
        .audit(inspector.audit(None, 3).await.expect("done").next, 3)
        .await
        .expect("done");
    assert_eq!((second.items.len(), second.next), (1, None));
}

async fn many_at_once(place: Arc<Place>) {
    let jobs = place.connect().await;
    let inspector = jobs.inspect();
    let hour = Duration::from_secs(3_600);
    let mut ids = Vec::new();
    for n in 1..=12 {
        let job = InspectWaits::perform_later(n)
            .wait(hour)
            .on(&jobs)
            .await
            .expect("done");
        ids.push(job.id());
    }
    let count = inspector
        .count(&Filter::default(), 100)
        .await
        .expect("done");
    assert_eq!((count.count, count.more), (12, false));
    let few = Target::Ids(vec![ids[0], ids[1], JobId::new()]);
    let mut told = 0;
    let report = inspector
        .bulk(Action::Cancel, few, |_| told += 1)
        .await
        .expect("done");
    assert_eq!((report.done, report.refused, told), (2, 1, 3));
    let all = Target::Matching(Filter::default());
    let report = inspector
        .bulk(Action::Retry, all, |_| {})
        .await
        .expect("done");
    assert_eq!((report.seen, report.done, report.more), (10, 10, false));
    let ready = Target::Matching(Filter {
        states: vec![State::Ready, State::Cancelled],
        ..Filter::default()
    });
    let report = inspector
        .bulk(Action::Discard, ready, |_| {})
        .await
        .expect("done");
    assert_eq!((report.done, report.refused), (10, 0));
    let all = Target::Matching(Filter::default());
    let report = inspector
        .bulk(Action::Delete, all, |_| {})
        .await
        .expect("done");
    assert_eq!(report.done, 12);
    assert_eq!(
        inspector
            .count(&Filter::default(), 1)
            .await
            .expect("done")
            .count,
        0
    );
    assert_eq!(
        inspector.audit(None, 50).await.expect("done").items.len(),
        4
    );
}

async fn by_name_and_again(place: Arc<Place>) {
    let jobs = place.connect().await;
    let inspector = jobs.inspect();
    let new = |args| NewByName {
        args,
        tags: vec!["by hand".into()],
        ..NewByName::new("InspectWaits")
    };
    let id = inspector
        .enqueue(new(serde_json::json!({ "n": 3 })))
        .await
        .expect("done");
    let copy = inspector.run_again(id).await.expect("done").expect("done");
    let worker = jobs.worker().start().await.expect("done");
    for id in [id, copy] {
        assert_eq!(
            jobs.handle::<InspectWaits>(id)
                .result()
                .await
                .expect("done"),
            3
        );
        assert_eq!(
            inspector.get(id).await.expect("done").expect("done").tags,
            ["by hand"]
        );
    }
    worker.stop().await.expect("done");
    assert_eq!(inspector.run_again(JobId::new()).await.expect("done"), None);
    let refused = inspector
        .enqueue(new(serde_json::json!(3)))
        .await
        .expect_err("refused");
    assert!(matches!(refused, Error::NotByName { .. }), "{refused}");
    let refused = inspector
        .enqueue(NewByName::new("nobody"))
        .await
        .expect_err("refused");
    assert!(matches!(refused, Error::NotByName { .. }), "{refused}");
}

async fn a_queue_is_cleared(place: Arc<Place>) {
    let jobs = place.connect().await;
    let inspector = jobs.inspect();
    let job = InspectWaits::perform_later(1u32)
        .on(&jobs)
        .await
        .expect("done");
    assert_eq!(inspector.clear("nobody").await.expect("done"), 0);
    assert_eq!(inspector.clear("default").await.expect("done"), 1);
    assert_eq!(job.state().await.expect("done"), State::Cancelled);
}
