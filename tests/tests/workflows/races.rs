//! Members that end at the same time in several workers: turning points come once all the same.

use std::sync::Arc;

use jobs_tests::{
    place::{Place, until},
    tests,
};

use crate::drive::*;

tests!(
    callbacks_come_once_in_many_runs,
    joins_come_once_in_many_runs
);

/// With `JOBS_ROUNDS=1000` as often as that.
fn rounds(usual: usize) -> usize {
    let said = std::env::var("JOBS_ROUNDS").ok();
    said.and_then(|said| said.parse().ok()).unwrap_or(usual)
}

async fn callbacks_come_once_in_many_runs(place: Arc<Place>) {
    let board = Board::new();
    board.fails("bad", true);
    let handles = [connect(&place, &board).await, connect(&place, &board).await];
    let mut workers = Vec::new();
    for jobs in &handles {
        workers.push(jobs.worker().concurrency(4).start().await.expect("started"));
    }
    let rounds = rounds(40);
    for round in 0..rounds {
        let bad = round % 3;
        let said = |what: &str| mark_as(&format!("{what} {round}"));
        jobs::batch("race")
            .add_all((0..1 + round % 7).map(|_| mark_as("good")))
            .add_all((0..bad).map(|_| mark_as("bad")))
            .add_batch(jobs::batch("inner").add_all((0..round % 4).map(|_| mark_as("good"))))
            .on_success(said("success"))
            .on_death(said("death"))
            .on_complete(said("complete"))
            .on(&handles[round % 2])
            .enqueue()
            .await
            .expect("stored");
    }
    until("all are complete", async || {
        (0..rounds).all(|round| board.count(&format!("complete {round}")) == 1)
    })
    .await;
    until("all successes and deaths are told", async || {
        (0..rounds).all(|round| {
            let well = usize::from(round % 3 == 0);
            board.count(&format!("success {round}")) == well
                && board.count(&format!("death {round}")) == 1 - well
        })
    })
    .await;
    let first = &handles[0];
    let told = board.ran().len();
    done(&first.enqueue(mark_as("last")).await.expect("stored"))
        .await
        .expect("done");
    assert_eq!(board.ran().len(), told + 1, "nothing comes twice");
    for worker in workers {
        worker.stop().await.expect("stopped");
    }
}

async fn joins_come_once_in_many_runs(place: Arc<Place>) {
    let board = Board::new();
    let handles = [connect(&place, &board).await, connect(&place, &board).await];
    let mut workers = Vec::new();
    for jobs in &handles {
        workers.push(jobs.worker().concurrency(4).start().await.expect("started"));
    }
    let mut ends = Vec::new();
    for round in 0..rounds(40) {
        let fan = (0..1 + round % 6).map(|n| Twice { number: n as u64 });
        let chain = jobs::chain(jobs::all(fan.collect::<Vec<_>>()))
            .then(Sum::after())
            .then(mark_as(&format!("end {round}")));
        let end = chain
            .on(&handles[round % 2])
            .enqueue()
            .await
            .expect("stored");
        ends.push(end);
    }
    for (round, end) in ends.iter().enumerate() {
        done(end).await.expect("done");
        assert_eq!(board.count(&format!("end {round}")), 1);
    }
    for worker in workers {
        worker.stop().await.expect("stopped");
    }
}
