//! What a test lets go wrong.

use std::sync::Arc;

use jobs::{NowError, testing::TestJobs};

use crate::tasks::*;

#[jobs::test]
async fn executions_fail_as_if_the_function_had_returned_that(t: TestJobs) {
    let mail = Arc::new(FakeMail::default());
    t.state_dyn::<dyn Mail>(mail.clone());
    t.fail::<SendWelcomeEmail, _>(2, || MailError::Busy);
    SendWelcomeEmail::perform_later(1).await.unwrap();
    let run = t.drain_all().await;
    assert_eq!((run.retried(), run.succeeded()), (2, 1));
    assert!(run.errors()[0].type_name().ends_with("MailError"));
    t.fail::<SendWelcomeEmail, _>(1, || MailError::Bounced);
    SendWelcomeEmail::perform_later(2).await.unwrap();
    assert_eq!(t.drain().await.discarded(), 1);
    assert_eq!(*mail.sent.lock().unwrap(), [1]);
}

#[jobs::test]
async fn what_is_to_fail_is_forgotten_by_clear(t: TestJobs) {
    t.fail::<LeavesNoTrace, _>(9, || MailError::Busy);
    t.fail_enqueues(9);
    t.clear();
    LeavesNoTrace::perform_later().await.unwrap();
    t.drain().await.expect_ok();
}

#[jobs::test]
async fn perform_now_fails_too(t: TestJobs) {
    t.state_dyn::<dyn Mail>(Arc::new(FakeMail::default()));
    t.fail::<SendWelcomeEmail, _>(1, || MailError::Busy);
    let failed = SendWelcomeEmail::perform_now(1).await;
    assert!(matches!(failed, Err(NowError::Job(MailError::Busy))));
    SendWelcomeEmail::perform_now(1).await.unwrap();
}

#[jobs::test]
async fn enqueues_fail_as_if_the_database_was_out_of_reach(t: TestJobs) {
    t.fail_enqueues(2);
    assert!(
        LeavesNoTrace::perform_later()
            .await
            .unwrap_err()
            .is_transient()
    );
    let bulk = jobs::perform_all_later([LeavesNoTrace, LeavesNoTrace]).await;
    assert!(bulk.unwrap_err().is_transient());
    jobs::assert_no_enqueued!();
    LeavesNoTrace::perform_later().await.unwrap();
    jobs::assert_enqueued!(times = 1);
}
