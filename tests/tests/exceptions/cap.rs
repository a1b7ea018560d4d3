//! The cap on executions: a thousand of one job, one after another. The rule is the runtime's, whatever the backend.

use std::{sync::Arc, time::Duration};

use jobs::{State, job};
use jobs_tests::{
    place::{Place, within},
    tests,
};

use crate::{drive::Bench, errors::Flaky};

tests!(executions_are_capped);

#[job(retry_on(Flaky, attempts = unlimited, wait = |_, _| Duration::ZERO))]
async fn ping_pong() -> Result<(), Flaky> {
    Err(Flaky)
}

async fn executions_are_capped(place: Arc<Place>) {
    let bench = Bench::new(&place).await;
    let handle = PingPong::perform_later()
        .on(&bench.jobs)
        .await
        .expect("enqueued");
    let id = handle.id();
    let patience = Duration::from_secs(19);
    within(patience, "the cap ends it", async || {
        handle.state().await.expect("a state").is_final()
    })
    .await;
    let record = bench.record(id).await;
    assert_eq!(record.state, State::Dead);
    assert_eq!(record.attempts.len(), 1_000);
    bench.stop().await;
}
