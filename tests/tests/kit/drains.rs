//! What drains run, in which order, and what they say of it.

use std::{future::IntoFuture as _, sync::Arc, time::Duration};

use jobs::testing::{Ended, TestJobs};

use crate::{queues, tasks::*};

const HOUR: Duration = Duration::from_secs(3_600);

/// The example of the contract.
#[jobs::test]
async fn a_whole_retry_series_runs_on_the_kits_clock(t: TestJobs) {
    t.state_dyn::<dyn Mail>(Arc::new(FakeMail::failing(4)));
    SendWelcomeEmail::perform_later(42).await.unwrap();
    jobs::assert_enqueued!(
        SendWelcomeEmail { user_id: 42 },
        queue = "critical",
        times = 1
    );
    let began = t.now();
    let run = t.drain_all().await;
    assert_eq!(run.executions::<SendWelcomeEmail>(), 5);
    jobs::assert_performed!(SendWelcomeEmail);
    jobs::assert_no_enqueued!();
    assert_eq!((run.failed(), run.retried(), run.succeeded()), (4, 4, 1));
    // 3, 6, 12 and 24 seconds: no jitter, whose share would differ from run to run.
    assert_eq!((t.now() - began).num_milliseconds(), 45_000);
    let attempts: Vec<_> = run.all().iter().map(|one| one.attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 4, 5]);
}

#[jobs::test]
async fn a_drain_runs_what_is_due_and_what_that_enqueues(t: TestJobs) {
    t.state(Notes::default());
    FanOut::perform_later().await.unwrap();
    Note::perform_later("late").wait(HOUR).await.unwrap();
    let run = t.drain().await.expect_ok();
    assert_eq!(run.executions::<FanOut>(), 1);
    assert_eq!(run.executions::<Note>(), 2);
    jobs::assert_enqueued!(Note { text: "late" }, times = 1);
    assert!(t.drain().await.is_empty());
    t.advance(HOUR);
    assert_eq!(t.drain().await.executions::<Note>(), 1);
}

#[jobs::test]
async fn a_retry_waits_for_its_time(t: TestJobs) {
    t.state_dyn::<dyn Mail>(Arc::new(FakeMail::failing(1)));
    SendWelcomeEmail::perform_later(1).await.unwrap();
    let run = t.drain().await;
    let at = t.now() + chrono::TimeDelta::seconds(3);
    assert_eq!(run.all()[0].ended, Ended::Retried { at });
    jobs::assert_enqueued!(SendWelcomeEmail, at = at, times = 1);
    t.advance(Duration::from_secs(2));
    assert!(t.drain().await.is_empty());
    t.advance(Duration::from_secs(1));
    assert_eq!(t.drain().await.succeeded(), 1);
}

#[jobs::test]
async fn drains_can_be_narrowed(t: TestJobs) {
    t.state(Notes::default());
    t.state_dyn::<dyn Mail>(Arc::new(FakeMail::default()));
    SendWelcomeEmail::perform_later(1).await.unwrap();
    Note::perform_later("low").queue(queues::low).await.unwrap();
    LeavesNoTrace::perform_later().await.unwrap();
    let run = t.drain().only::<SendWelcomeEmail>().await;
    assert_eq!((run.len(), run.executions::<SendWelcomeEmail>()), (1, 1));
    let run = t.drain().except::<Note>().await;
    assert_eq!((run.len(), run.executions::<LeavesNoTrace>()), (1, 1));
    jobs::assert_enqueued!(Note, times = 1);
    assert!(t.drain().queue(queues::critical).await.is_empty());
    // It was passed by three times, and that counts as nothing.
    let run = t
        .drain_all()
        .only::<Note>()
        .only::<SendWelcomeEmail>()
        .await;
    assert_eq!((run.len(), run.all()[0].attempt), (1, 1));
}

#[jobs::test]
async fn order_is_that_of_a_worker(t: TestJobs) {
    let notes = Arc::new(Notes::default());
    t.state_dyn(Arc::clone(&notes));
    for (text, priority) in [("c", 5), ("a", -5), ("b", 0), ("d", 5)] {
        Note::perform_later(text).priority(priority).await.unwrap();
    }
    t.drain().await.expect_ok();
    assert_eq!(notes.all(), ["a", "b", "c", "d"]);
    t.jobs().queue(queues::default).pause().await.unwrap();
    Note::perform_later("paused").await.unwrap();
    assert!(t.drain_all().await.is_empty());
}

#[jobs::test]
async fn limits_hold(t: TestJobs) {
    let notes = Arc::new(Notes::default());
    t.state_dyn(Arc::clone(&notes));
    for number in 0..3 {
        Rarely::perform_later(number).await.unwrap();
    }
    assert_eq!(t.drain().await.len(), 1);
    let began = t.now();
    assert_eq!(t.drain_all().await.len(), 2);
    assert_eq!(notes.all(), ["0", "1", "2"]);
    assert!(
        (t.now() - began).num_seconds() >= 120,
        "{}",
        t.now() - began
    );
}

#[jobs::test]
async fn a_panic_is_an_error_of_the_run(t: TestJobs) {
    let handle = Explode::perform_later().await.unwrap();
    let run = t.drain().await;
    assert_eq!(
        (run.dead(), run.errors()[0].type_name()),
        (1, "jobs::Panicked")
    );
    assert!(run.errors()[0].message().contains("boom"));
    assert!(handle.result().await.is_err());
    let letters = t.jobs().dead_letters().list().await.unwrap();
    assert_eq!(letters.len(), 1);
    letters[0].retry().await.unwrap();
    jobs::assert_enqueued!(Explode, times = 1);
}

#[jobs::test]
async fn what_was_never_called_is_no_execution(t: TestJobs) {
    SoonOrNever::perform_later().await.unwrap();
    t.advance(2 * HOUR);
    let run = t.drain().await;
    assert_eq!((run.discarded(), run.len()), (1, 1));
    assert_eq!(run.executions::<SoonOrNever>(), 0);
    jobs::assert_no_performed!();
    jobs::assert_no_enqueued!();
}

#[jobs::test]
#[should_panic(expected = "ForEver 21 times")]
async fn a_job_that_enqueues_itself_ends_the_test(t: TestJobs) {
    t.limit(20);
    ForEver::perform_later().await.unwrap();
    t.drain().await;
}

#[jobs::test]
#[should_panic(expected = "state_dyn")]
async fn a_job_without_its_state_ends_the_test(t: TestJobs) {
    SendWelcomeEmail::perform_later(1).await.unwrap();
    t.drain().await;
}

#[jobs::test]
async fn records_go_by_the_kits_clock(t: TestJobs) {
    t.state(Notes::default());
    let handle = Note::perform_later("x").await.unwrap();
    t.drain().await;
    let kept = t
        .jobs()
        .get(handle.id())
        .await
        .unwrap()
        .expect("it is kept for a day");
    assert_eq!(kept.finished_at, Some(t.now()));
    t.advance(25 * HOUR);
    t.drain().await;
    assert_eq!(t.jobs().get(handle.id()).await.unwrap(), None);
    jobs::assert_performed!(Note, times = 1);
}

fn two_at_once(kit: jobs::testing::TestJobsBuilder) -> jobs::testing::TestJobsBuilder {
    kit.concurrency(2)
}

#[jobs::test(setup = two_at_once)]
async fn jobs_can_run_beside_each_other(t: TestJobs) {
    t.state(tokio::sync::Barrier::new(2));
    Meet::perform_later().await.unwrap();
    Meet::perform_later().await.unwrap();
    let run = tokio::time::timeout(Duration::from_secs(10), t.drain().into_future());
    assert_eq!(run.await.expect("they meet").expect_ok().len(), 2);
}

#[jobs::test]
async fn a_running_job_can_be_cancelled(t: TestJobs) {
    let started = Arc::new(tokio::sync::Notify::new());
    t.state_dyn(Arc::clone(&started));
    let handle = UntilCancelled::perform_later().await.unwrap();
    let cancel = async {
        started.notified().await;
        handle.cancel().await.unwrap();
    };
    let (run, ()) = tokio::join!(t.drain().into_future(), cancel);
    assert_eq!(run.all()[0].ended, Ended::Cancelled);
}
