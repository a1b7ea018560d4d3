//! Cancelling chains, batches, and by tag.

use std::sync::Arc;

use jobs::{Error, State};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use crate::drive::*;

tests!(
    the_last_handle_cancels_what_has_not_begun,
    a_running_link_takes_the_later_ones_along,
    a_batch_is_cancelled_whole,
    by_tag,
    a_cleared_queue_counts,
);

async fn the_last_handle_cancels_what_has_not_begun(place: Arc<Place>) {
    let board = Board::new();
    let jobs = connect(&place, &board).await;
    let last = jobs::chain(mark_as("a"))
        .then(Join::after("b"))
        .then(Join::after("c"))
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    assert!(last.cancel().await.expect("cancelled"));
    let ended = done(&last).await.expect_err("cancelled");
    assert!(matches!(ended, Error::JobCancelled { .. }), "{ended}");
    let worker = jobs.worker().start().await.expect("started");
    let other = jobs.enqueue(mark_as("other")).await.expect("stored");
    done(&other).await.expect("done");
    assert_eq!(board.ran(), ["other"]);
    worker.stop().await.expect("stopped");
}

async fn a_running_link_takes_the_later_ones_along(place: Arc<Place>) {
    let board = Board::new();
    board.open(false);
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().start().await.expect("started");
    let last = jobs::chain(WaitAtGate {
        label: "first".to_owned(),
    })
    .then(Join::after("b"))
    .on(&jobs)
    .enqueue()
    .await
    .expect("stored");
    until("it runs", async || board.count("first") == 1).await;
    let view = jobs.flow(last.id()).await.expect("read").expect("there");
    let jobs::FlowNode::Group(chain) = view.root else {
        panic!("a group")
    };
    let jobs::FlowNode::Group(stage) = &chain.members[0] else {
        panic!("a stage")
    };
    let jobs::FlowNode::Job(first) = &stage.members[0] else {
        panic!("a job")
    };
    assert_eq!(first.state, Some(State::Running));
    assert!(jobs.cancel(first.id).await.expect("asked"));
    let ended = done(&last).await.expect_err("cancelled");
    assert!(matches!(ended, Error::JobCancelled { .. }), "{ended}");
    worker.stop().await.expect("stopped");
}

async fn a_batch_is_cancelled_whole(place: Arc<Place>) {
    let board = Board::new();
    board.open(false);
    let jobs = connect(&place, &board).await;
    let batch = jobs::batch("b")
        .add(WaitAtGate {
            label: "runs".to_owned(),
        })
        .add_batch(jobs::batch("inner").add_all((0..5).map(|n| mark_as(&n.to_string()))))
        .add_all((0..1_200).map(|n| Twice { number: n }))
        .on_success(mark_as("success"))
        .on_complete(mark_as("complete"))
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    let worker = jobs.worker().concurrency(1).start().await.expect("started");
    until("it runs", async || board.count("runs") == 1).await;
    assert!(batch.cancel().await.expect("cancelled"));
    let refused = batch.add(mark_as("late")).await.expect_err("no more");
    assert!(matches!(refused, Error::BatchCancelled { .. }), "{refused}");
    let failed = batch.result().await.expect_err("cancelled");
    assert!(
        matches!(failed, Error::BatchFailed { dead: 0, .. }),
        "{failed}"
    );
    let is = batch.progress().await.expect("read");
    assert_eq!((is.total, is.open()), (1_202, 0));
    until("complete ran", async || board.count("complete") == 1).await;
    assert_eq!(board.count("success"), 0);
    assert!(!batch.cancel().await.expect("nothing is open"));
    worker.stop().await.expect("stopped");
}

async fn by_tag(place: Arc<Place>) {
    let board = Board::new();
    let jobs = connect(&place, &board).await;
    for n in 0..5 {
        let tag = if n % 2 == 0 { "even" } else { "odd" };
        jobs.enqueue(Twice { number: n })
            .tag(tag)
            .await
            .expect("stored");
    }
    assert_eq!(jobs.cancel_tagged("even").await.expect("cancelled"), 3);
    assert_eq!(jobs.cancel_tagged("even").await.expect("cancelled"), 0);
    assert_eq!(
        jobs.queue(jobs::queues::default)
            .len()
            .await
            .expect("counted"),
        2
    );
}

async fn a_cleared_queue_counts(place: Arc<Place>) {
    let board = Board::new();
    let jobs = connect(&place, &board).await;
    let batch = jobs::batch("b")
        .add_all((0..5).map(|number| Twice { number }))
        .on_complete(mark_as("complete"))
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    jobs.queue(jobs::queues::default)
        .clear()
        .await
        .expect("cleared");
    assert_eq!(batch.progress().await.expect("read").cancelled, 5);
    batch.result().await.expect_err("cancelled");
    let worker = jobs.worker().start().await.expect("started");
    until("complete ran", async || board.count("complete") == 1).await;
    worker.stop().await.expect("stopped");
}
