//! Recurring tasks on the kit's clock.

use std::{sync::Arc, time::Duration};

use jobs::testing::{TestJobs, TestJobsBuilder};

use crate::tasks::*;

fn at_noon(kit: TestJobsBuilder) -> TestJobsBuilder {
    kit.at("2027-01-01T12:00:01Z".parse().expect("a time"))
}

#[jobs::test(setup = at_noon)]
async fn a_drain_runs_due_ticks(t: TestJobs) {
    let notes = Arc::new(Notes::default());
    t.state_dyn(Arc::clone(&notes));
    assert!(t.drain().await.is_empty());
    t.advance(Duration::from_secs(300));
    assert_eq!(t.drain().await.executions::<Tick>(), 1);
    assert!(t.drain().await.is_empty());
    // An outage of an hour: this task catches up with one.
    t.advance(Duration::from_secs(3_600));
    assert_eq!(t.drain().await.executions::<Tick>(), 1);
    assert_eq!(notes.all(), ["12:05", "13:05"]);
}

#[jobs::test(setup = at_noon)]
async fn drain_all_makes_no_ticks_of_the_time_that_it_passes(t: TestJobs) {
    let notes = Arc::new(Notes::default());
    t.state_dyn(Arc::clone(&notes));
    t.advance(Duration::from_secs(300));
    Note::perform_later("later")
        .wait(Duration::from_secs(7_200))
        .await
        .unwrap();
    let run = t.drain_all().await;
    assert_eq!((run.executions::<Tick>(), run.executions::<Note>()), (1, 1));
    jobs::assert_no_enqueued!();
    assert_eq!(notes.all(), ["12:05", "later"]);
}
