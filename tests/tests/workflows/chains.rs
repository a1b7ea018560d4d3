//! Chains: order, outputs, deaths and retries, ends without success.

use std::sync::Arc;

use jobs::{Error, FlowNode, State};
use jobs_tests::{
    place::{Backend, Place, until},
    tests,
};

use crate::drive::*;

tests!(
    outputs_go_from_link_to_link,
    all_fans_out_and_in,
    all_may_stand_last_and_be_empty,
    nothing_of_it_begins_before_its_turn,
    a_dead_link_stops_it_and_a_retry_resumes_it,
    a_discarded_link_ends_it,
    a_discarded_letter_ends_it,
    a_transaction_takes_all_of_it,
    a_duplicate_stands_for_the_job_that_is_there,
    the_view_shows_the_tree,
);

async fn outputs_go_from_link_to_link(place: Arc<Place>) {
    let board = Board::new();
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().concurrency(3).start().await.expect("started");
    let last = jobs::chain(mark_as("a \"quoted\""))
        .then(Join::after("b"))
        .then(Join::after("c"))
        .then(mark_as("d"))
        .then(Join::after("e"))
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    assert_eq!(done(&last).await.expect("done"), "d+e");
    assert_eq!(board.ran(), ["a \"quoted\"", "b", "c", "d", "e"]);
    worker.stop().await.expect("stopped");
}

async fn all_fans_out_and_in(place: Arc<Place>) {
    let board = Board::new();
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().concurrency(4).start().await.expect("started");
    let both = jobs::chain(jobs::all((mark_as("four"), Twice { number: 3 })))
        .then(Length::after())
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    assert_eq!(done(&both).await.expect("done"), 10);
    let many = jobs::chain(jobs::all(
        (1..=20).map(|number| Twice { number }).collect::<Vec<_>>(),
    ))
    .then(Sum::after())
    .on(&jobs)
    .enqueue()
    .await
    .expect("stored");
    assert_eq!(done(&many).await.expect("done"), 420);
    // As a later stage each of them gets the output before it.
    let spread = jobs::chain(mark_as("x"))
        .then(jobs::all(vec![Join::after("1"), Join::after("2")]))
        .then(mark_as("end"))
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    done(&spread).await.expect("done");
    worker.stop().await.expect("stopped");
}

async fn all_may_stand_last_and_be_empty(place: Arc<Place>) {
    let board = Board::new();
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().start().await.expect("started");
    let last = jobs::chain(mark_as("x"))
        .then(jobs::all((Join::after("1"), Join::after("2"))))
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    let both = ("x+1".to_owned(), "x+2".to_owned());
    assert_eq!(done(&last).await.expect("done"), both);
    let empty = jobs::chain(jobs::all(Vec::<Twice>::new()))
        .then(Sum::after())
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    assert_eq!(done(&empty).await.expect("done"), 0);
    worker.stop().await.expect("stopped");
}

async fn nothing_of_it_begins_before_its_turn(place: Arc<Place>) {
    let board = Board::new();
    board.open(false);
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().start().await.expect("started");
    let last = jobs::chain(WaitAtGate {
        label: "first".to_owned(),
    })
    .then(Join::after("second"))
    .on(&jobs)
    .enqueue()
    .await
    .expect("stored");
    until("it stands at the gate", async || board.count("first") == 1).await;
    assert_eq!(last.state().await.expect("there"), State::Blocked);
    let record = jobs.get(last.id()).await.expect("read").expect("there");
    assert_eq!(
        record.reason.as_deref(),
        Some("an earlier job of its chain")
    );
    board.open(true);
    assert_eq!(done(&last).await.expect("done"), "first+second");
    worker.stop().await.expect("stopped");
}

async fn a_dead_link_stops_it_and_a_retry_resumes_it(place: Arc<Place>) {
    let board = Board::new();
    board.fails("b", true);
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().start().await.expect("started");
    let last = jobs::chain(mark_as("a"))
        .then(Join::after("b"))
        .then(Join::after("c"))
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    let stopped = done(&last).await.expect_err("it is stopped");
    let Error::ChainStopped {
        link, job, error, ..
    } = stopped
    else {
        panic!("{stopped}")
    };
    assert_eq!((job.as_str(), error.message()), ("Join", "b is broken"));
    assert_eq!(last.state().await.expect("there"), State::Blocked);
    assert_eq!(board.ran(), ["a", "b"]);
    board.fails("b", false);
    let letters = jobs.dead_letters().unresolved().list().await.expect("list");
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].id, link);
    assert!(letters[0].retry().await.expect("retried"));
    assert_eq!(done(&last).await.expect("done"), "a+b+c");
    assert_eq!(board.ran(), ["a", "b", "b", "c"]);
    worker.stop().await.expect("stopped");
}

async fn a_discarded_link_ends_it(place: Arc<Place>) {
    let board = Board::new();
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().start().await.expect("started");
    let last = jobs::chain(GiveUp)
        .then(Join::after("b"))
        .then(Join::after("c"))
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    let ended = done(&last).await.expect_err("discarded");
    let Error::JobDiscarded { reason, .. } = ended else {
        panic!("{ended}")
    };
    assert_eq!(
        reason.as_deref(),
        Some("a job before it in its chain was discarded")
    );
    assert!(board.ran().is_empty());
    worker.stop().await.expect("stopped");
}

async fn a_discarded_letter_ends_it(place: Arc<Place>) {
    let board = Board::new();
    board.fails("a", true);
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().start().await.expect("started");
    let last = jobs::chain(mark_as("a"))
        .then(Join::after("b"))
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    done(&last).await.expect_err("stopped");
    let letters = jobs.dead_letters().unresolved().list().await.expect("list");
    assert!(letters[0].discard().await.expect("discarded"));
    let ended = done(&last).await.expect_err("discarded");
    assert!(matches!(ended, Error::JobDiscarded { .. }), "{ended}");
    worker.stop().await.expect("stopped");
}

async fn a_transaction_takes_all_of_it(place: Arc<Place>) {
    let board = Board::new();
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().start().await.expect("started");
    macro_rules! in_a_transaction {
        ($db:ty) => {{
            let mut tx = jobs.begin::<$db>().await.expect("begun");
            jobs::chain(mark_as("never"))
                .then(Join::after("never"))
                .in_transaction(&mut tx)
                .enqueue()
                .await
                .expect("stored");
            tx.rollback().await.expect("rolled back");
            let mut tx = jobs.begin::<$db>().await.expect("begun");
            let last = jobs::chain(mark_as("a"))
                .then(Join::after("b"))
                .in_transaction(&mut tx)
                .enqueue()
                .await
                .expect("stored");
            tx.commit().await.expect("committed");
            last
        }};
    }
    let last = match place.backend {
        Backend::Postgres => in_a_transaction!(sqlx::Postgres),
        _ => in_a_transaction!(sqlx::Sqlite),
    };
    assert_eq!(done(&last).await.expect("done"), "a+b");
    assert_eq!(board.count("never"), 0);
    worker.stop().await.expect("stopped");
}

#[jobs::job(unique)]
async fn only_one(name: String, #[state] board: &Board) -> String {
    board.note("only one");
    board.pass().await;
    name
}

async fn a_duplicate_stands_for_the_job_that_is_there(place: Arc<Place>) {
    let board = Board::new();
    board.open(false);
    let jobs = connect(&place, &board).await;
    let worker = jobs.worker().start().await.expect("started");
    let there = jobs
        .enqueue(OnlyOne {
            name: "ann".to_owned(),
        })
        .await
        .expect("stored");
    let one = || OnlyOne {
        name: "ann".to_owned(),
    };
    let chain = jobs::chain(one())
        .then(Join::after("b"))
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    let batch = jobs::batch("dup").add(one()).on(&jobs).enqueue().await;
    let batch = batch.expect("stored");
    until("it runs", async || board.count("only one") == 1).await;
    let cancelled = jobs::batch("other").add(one()).on(&jobs).enqueue().await;
    cancelled
        .expect("stored")
        .cancel()
        .await
        .expect("cancelled");
    board.open(true);
    assert_eq!(
        done(&there).await.expect("not cancelled with the batch"),
        "ann"
    );
    assert_eq!(done(&chain).await.expect("done"), "ann+b");
    batch.result().await.expect("done");
    assert_eq!(board.count("only one"), 1);
    worker.stop().await.expect("stopped");
}

async fn the_view_shows_the_tree(place: Arc<Place>) {
    let board = Board::new();
    let jobs = connect(&place, &board).await;
    let last = jobs::chain(jobs::all((mark_as("a"), mark_as("b"))))
        .then(mark_as("c"))
        .on(&jobs)
        .enqueue()
        .await
        .expect("stored");
    let worker = jobs.worker().start().await.expect("started");
    done(&last).await.expect("done");
    let view = jobs.flow(last.id()).await.expect("read").expect("there");
    let FlowNode::Group(chain) = &view.root else {
        panic!("{view:?}")
    };
    assert_eq!(chain.kind, jobs::FlowKind::Chain);
    assert_eq!(chain.state, Some(State::Succeeded));
    assert_eq!((chain.total, chain.open, chain.members.len()), (2, 0, 2));
    let stages: Vec<_> = chain
        .members
        .iter()
        .map(|node| match node {
            FlowNode::Group(stage) => stage.members.len(),
            FlowNode::Job(job) => panic!("{job:?}"),
        })
        .collect();
    assert_eq!(stages, [2, 1]);
    let alone = jobs.enqueue(Twice { number: 1 }).await.expect("stored");
    assert!(jobs.flow(alone.id()).await.expect("read").is_none());
    worker.stop().await.expect("stopped");
}
