//! Batches: turning points, growth, nesting.

use std::sync::Arc;

use jobs::{Error, JobContext, job};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use crate::drive::*;

tests!(
    turning_points_come_once,
    a_retry_makes_it_a_success,
    discarded_ends_well,
    an_empty_one_is_complete_at_once,
    it_grows_from_inside,
    inner_ones_count_as_one,
    a_large_one_is_counted,
    from_a_stream,
);

fn with_callbacks(name: &str) -> jobs::Batch {
    jobs::batch(name)
        .on_success(mark_as("success"))
        .on_death(mark_as("death"))
        .on_complete(mark_as("complete"))
}

async fn turning_points_come_once(place: Arc<Place>) {
    let board = Board::new();
    board.fails("bad 1", true);
    board.fails("bad 2", true);
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().concurrency(4).start().await.expect("started");
    let batch = with_callbacks("b")
        .add_all((0..5).map(|n| mark_as(&format!("good {n}"))))
        .add(mark_as("bad 1"))
        .add(mark_as("bad 2"))
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    let failed = batch.result().await.expect_err("two are dead");
    assert!(
        matches!(
            failed,
            Error::BatchFailed {
                dead: 2,
                cancelled: 0,
                ..
            }
        ),
        "{failed}"
    );
    until("both callbacks ran", async || {
        board.count("death") == 1 && board.count("complete") == 1
    })
    .await;
    let is = batch.progress().await.expect("read");
    assert_eq!((is.total, is.done, is.dead, is.open()), (7, 5, 2, 0));
    assert_eq!(board.count("success"), 0);
    worker.stop().await.expect("stopped");
}

async fn a_retry_makes_it_a_success(place: Arc<Place>) {
    let board = Board::new();
    board.fails("bad", true);
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().start().await.expect("started");
    let batch = with_callbacks("b")
        .add(mark_as("good"))
        .add(mark_as("bad"))
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    batch.result().await.expect_err("one is dead");
    until("complete ran", async || board.count("complete") == 1).await;
    board.fails("bad", false);
    assert_eq!(
        jobs.dead_letters()
            .unresolved()
            .retry_all()
            .await
            .expect("retried"),
        1
    );
    until("success ran", async || board.count("success") == 1).await;
    batch.result().await.expect("all is well");
    assert_eq!((board.count("death"), board.count("complete")), (1, 1));
    worker.stop().await.expect("stopped");
}

async fn discarded_ends_well(place: Arc<Place>) {
    let board = Board::new();
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().start().await.expect("started");
    let batch = with_callbacks("b").add(GiveUp).add(mark_as("a")).on(&jobs);
    let batch = batch.enqueue().await.expect("stored");
    batch.result().await.expect("ended well");
    until("success ran", async || board.count("success") == 1).await;
    assert_eq!(batch.progress().await.expect("read").discarded, 1);
    worker.stop().await.expect("stopped");
}

async fn an_empty_one_is_complete_at_once(place: Arc<Place>) {
    let board = Board::new();
    let jobs = connect(&place, &board).await;
    let batch = with_callbacks("nothing").on(&jobs).enqueue().await;
    batch.expect("stored").result().await.expect("complete");
    let worker = jobs.worker().start().await.expect("started");
    until("both ran", async || {
        board.count("success") == 1 && board.count("complete") == 1
    })
    .await;
    worker.stop().await.expect("stopped");
}

#[job]
async fn spread(depth: u32, #[ctx] ctx: &JobContext, #[state] board: &Board) -> jobs::Result<()> {
    board.note("spread");
    let batch = ctx.batch().expect("in a batch");
    if depth > 0 {
        batch.add(Spread { depth: depth - 1 }).await?;
        batch.add_all(vec![Spread { depth: depth - 1 }]).await?;
    }
    Ok(())
}

async fn it_grows_from_inside(place: Arc<Place>) {
    let board = Board::new();
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().concurrency(4).start().await.expect("started");
    let batch = with_callbacks("tree").add(Spread { depth: 4 }).on(&jobs);
    let batch = batch.enqueue().await.expect("stored");
    until("success ran", async || board.count("success") == 1).await;
    assert_eq!(board.count("spread"), 31);
    let is = batch.progress().await.expect("read");
    assert_eq!((is.total, is.done), (31, 31));
    assert_eq!(board.count("complete"), 1);
    worker.stop().await.expect("stopped");
}

async fn inner_ones_count_as_one(place: Arc<Place>) {
    let board = Board::new();
    board.fails("bad", true);
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().concurrency(2).start().await.expect("started");
    let outer = jobs::batch("outer")
        .add(mark_as("alone"))
        .add_batch(jobs::batch("good").add(mark_as("a")).add(mark_as("b")))
        .add_batch(jobs::batch("bad").add(mark_as("bad")).add(mark_as("c")))
        .add_batch(jobs::batch("empty"))
        .on_success(mark_as("outer success"))
        .on_complete(mark_as("outer complete"))
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    outer.result().await.expect_err("one inner one has a death");
    let is = outer.progress().await.expect("read");
    assert_eq!((is.total, is.done, is.dead), (4, 3, 1));
    until("complete", async || board.count("outer complete") == 1).await;
    board.fails("bad", false);
    jobs.dead_letters()
        .unresolved()
        .retry_all()
        .await
        .expect("retried");
    until("success", async || board.count("outer success") == 1).await;
    assert_eq!(outer.progress().await.expect("read").done, 4);
    assert_eq!(board.count("outer complete"), 1);
    worker.stop().await.expect("stopped");
}

#[job]
async fn nothing(n: u64) {
    let _ = n;
}

async fn a_large_one_is_counted(place: Arc<Place>) {
    let board = Board::new();
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().concurrency(8).start().await.expect("started");
    let batch = with_callbacks("large").add_all((0..3_000).map(|n| Nothing { n }));
    let batch = batch.on(&jobs).enqueue().await.expect("stored");
    batch.result().await.expect("done");
    assert_eq!(batch.progress().await.expect("read").done, 3_000);
    until("success ran", async || board.count("success") == 1).await;
    worker.stop().await.expect("stopped");
}

async fn from_a_stream(place: Arc<Place>) {
    let board = Board::new();
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().concurrency(8).start().await.expect("started");
    board.open(false);
    let gate = WaitAtGate {
        label: "open".to_owned(),
    };
    let batch = with_callbacks("stream")
        .add(gate)
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    let stream = futures_util::stream::iter((0..1_500).map(|n| Nothing { n }));
    assert_eq!(batch.add_all(stream).await.expect("added"), 1_500);
    assert_eq!(batch.progress().await.expect("read").total, 1_501);
    board.open(true);
    batch.result().await.expect("done");
    worker.stop().await.expect("stopped");
}
