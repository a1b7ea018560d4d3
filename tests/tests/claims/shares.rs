//! Queues are served by their weights, however few jobs a claim takes.

use std::{sync::Arc, time::Duration};

use jobs::{JobContext, job};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use crate::{log::Log, queues};

tests!(
    one_slot_serves_queues_by_weight,
    ten_slots_serve_queues_by_weight,
);

#[job]
async fn counted(millis: u64, #[state] log: &Log, #[ctx] ctx: &JobContext) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
    log.push(ctx.queue());
}

async fn served(place: &Place, slots: usize, count: usize, millis: u64) -> Vec<String> {
    let log = Log::default();
    let jobs = place.builder().state(log.clone()).await.expect("connected");
    let all = [queues::critical, queues::high, queues::default, queues::low];
    for queue in all {
        let many = (0..count).map(|_| Counted { millis });
        let many = jobs::perform_all_later(many).queue(queue).on(&jobs);
        many.await.expect("enqueued");
    }
    let worker = jobs.worker().queues(all).weighted().concurrency(slots);
    let worker = worker.start().await.expect("started");
    until("enough have run", || std::future::ready(log.len() >= count)).await;
    worker.stop().await.expect("stopped");
    let mut served = log.lines();
    served.truncate(count);
    served
}

fn assert_near(served: &[String], apart: usize) {
    for (queue, weight) in [("critical", 4), ("high", 3), ("default", 2), ("low", 1)] {
        let (got, share) = (
            served.iter().filter(|name| *name == queue).count(),
            served.len() * weight / 10,
        );
        assert!(
            got.abs_diff(share) <= apart,
            "{queue} was served {got} times of a share of {share}"
        );
    }
}

/// Long enough that nothing is fetched in advance: each claim is for the one slot.
async fn one_slot_serves_queues_by_weight(place: Arc<Place>) {
    assert_near(&served(&place, 1, 30, 60).await, 1);
}

/// Short ones, of which many are claimed at once.
async fn ten_slots_serve_queues_by_weight(place: Arc<Place>) {
    assert_near(&served(&place, 10, 200, 2).await, 50);
}
