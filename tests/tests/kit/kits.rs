//! How a kit is made and found, and that kits know nothing of one another.

use std::{sync::Arc, time::Duration};

use jobs::{
    Error, Jobs, State,
    testing::{TestJobs, TestJobsBuilder},
};

use crate::tasks::*;

/// Installed once for all tests here, as a program's own tests may do.
async fn install() {
    static ONCE: tokio::sync::OnceCell<()> = tokio::sync::OnceCell::const_new();
    let install = || async {
        let jobs = Jobs::connect("sqlite::memory:").await.expect("connected");
        jobs.install().expect("the first one");
        // Its threads must not end with the runtime of the test that came first.
        std::mem::forget(jobs);
    };
    ONCE.get_or_init(install).await;
}

#[jobs::test]
async fn the_installed_handle_is_refused() {
    install().await;
    let bare = tokio::spawn(async { SendWelcomeEmail::perform_later(1).await });
    let error = bare.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::OutsideTest), "{error}");
    assert!(error.to_string().contains("jobs::spawn"), "{error}");
    let spawned = jobs::spawn(async { SendWelcomeEmail::perform_later(2).await });
    spawned.await.unwrap().unwrap();
    jobs::assert_enqueued!(times = 1);
}

#[jobs::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_refused_on_other_threads_too(t: TestJobs) {
    install().await;
    let bare = tokio::spawn(async { SendWelcomeEmail::perform_later(1).await });
    assert!(matches!(bare.await.unwrap(), Err(Error::OutsideTest)));
    let blocking = tokio::task::spawn_blocking(|| {
        tokio::runtime::Handle::current()
            .block_on(async { SendWelcomeEmail::perform_later(1).await })
    });
    assert!(matches!(blocking.await.unwrap(), Err(Error::OutsideTest)));
    let on = t.jobs();
    tokio::spawn(async move { SendWelcomeEmail::perform_later(3).on(&on).await })
        .await
        .unwrap()
        .unwrap();
    jobs::assert_enqueued!(SendWelcomeEmail { user_id: 3 }, times = 1);
}

/// A hundred of these run at once, on few threads: what one enqueues no other sees.
#[tokio::test(flavor = "multi_thread")]
async fn kits_do_not_see_each_other() {
    let tests = (0..100_i64).map(|user_id| {
        tokio::task::spawn_blocking(move || {
            jobs::__private::run_test(jobs::__private::TestOptions::default(), |t| async move {
                t.state_dyn::<dyn Mail>(Arc::new(FakeMail::failing(1)));
                jobs::assert_no_enqueued!();
                SendWelcomeEmail::perform_later(user_id).await.unwrap();
                tokio::task::yield_now().await;
                jobs::assert_enqueued!(times = 1);
                jobs::assert_enqueued!(SendWelcomeEmail { user_id }, times = 1);
                assert_eq!(t.drain_all().await.len(), 2);
                jobs::assert_performed!(times = 2);
            });
        })
    });
    for test in tests.collect::<Vec<_>>() {
        test.await.unwrap();
    }
}

#[jobs::test]
async fn a_test_may_return_a_result(t: TestJobs) -> Result<(), Box<dyn std::error::Error>> {
    LeavesNoTrace::perform_later().await?;
    assert_eq!(t.drain().await.len(), 1);
    Ok(())
}

#[jobs::test]
#[should_panic(expected = "as it should")]
async fn other_attributes_stay() {
    panic!("as it should");
}

#[tokio::test]
async fn one_made_by_hand_holds_for_its_thread() {
    let t = TestJobs::new().await;
    SendWelcomeEmail::perform_later(1).await.unwrap();
    jobs::spawn(async { SendWelcomeEmail::perform_later(2).await })
        .await
        .unwrap()
        .unwrap();
    jobs::assert_enqueued!(SendWelcomeEmail, times = 2);
    {
        let inner = TestJobs::new().await;
        jobs::assert_no_enqueued!();
        drop(inner);
    }
    jobs::assert_enqueued!(SendWelcomeEmail, times = 2);
    drop(t);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_made_by_hand_is_handed_on_by_spawn() {
    let _t = TestJobs::new().await;
    jobs::spawn(async { SendWelcomeEmail::perform_later(2).await })
        .await
        .unwrap()
        .unwrap();
    jobs::assert_enqueued!(SendWelcomeEmail, times = 1);
}

#[rstest::rstest]
#[case(1)]
#[case(2)]
#[tokio::test]
async fn cases_of_rstest(#[case] user_id: i64) {
    let _t = TestJobs::new().await;
    SendWelcomeEmail::perform_later(user_id).await.unwrap();
    jobs::assert_enqueued!(SendWelcomeEmail { user_id }, times = 1);
}

#[rstest::rstest]
#[case(1)]
#[case(2)]
#[jobs::test]
async fn cases_of_rstest_in_a_kit(#[case] user_id: i64) {
    SendWelcomeEmail::perform_later(user_id).await.unwrap();
    jobs::assert_enqueued!(SendWelcomeEmail { user_id }, times = 1);
}

#[jobs::test]
async fn a_kit_can_be_cleared(t: TestJobs) {
    t.state(Notes::default());
    SyncUser::perform_later(1, false).await.unwrap();
    Note::perform_later("gone").await.unwrap();
    t.clear();
    jobs::assert_no_enqueued!();
    // Its unique key is free again.
    assert!(
        !SyncUser::perform_later(1, false)
            .await
            .unwrap()
            .was_duplicate()
    );
    assert_eq!(t.drain().await.len(), 1);
    t.clear();
    jobs::assert_no_performed!();
}

#[jobs::test]
async fn a_later_state_takes_the_place_of_an_earlier_one(t: TestJobs) {
    t.state(Notes::default());
    let kept = Arc::new(Notes::default());
    t.state_dyn(Arc::clone(&kept));
    Note::perform_later("here").await.unwrap();
    t.drain().await.expect_ok();
    Note::perform_now("now").await.unwrap();
    assert_eq!(kept.all(), ["here", "now"]);
}

#[jobs::test]
async fn inline_jobs_run_as_they_are_enqueued(t: TestJobs) {
    let notes = Arc::new(Notes::default());
    t.state_dyn(Arc::clone(&notes));
    t.inline();
    FanOut::perform_later().await.unwrap();
    assert_eq!(notes.all(), ["first", "second", "fan out"]);
    jobs::assert_performed!(Note, times = 2);
    let handle = Explode::perform_later().await.unwrap();
    assert_eq!(handle.state().await.unwrap(), State::Dead);
    Note::perform_later("later")
        .wait(Duration::from_secs(9))
        .await
        .unwrap();
    jobs::assert_enqueued!(Note { text: "later" }, times = 1);
    let bulk = ["a", "b"].map(|text| Note {
        text: text.to_owned(),
    });
    jobs::perform_all_later(bulk).await.unwrap();
    assert_eq!(notes.all().len(), 5);
    t.fake();
    Note::perform_later("stored").await.unwrap();
    jobs::assert_enqueued!(Note { text: "stored" }, times = 1);
}

fn with_hooks(kit: TestJobsBuilder) -> TestJobsBuilder {
    kit.configure(|handle| {
        handle
            .state(Notes::default())
            .before_enqueue(async |job: &mut jobs::EnqueueInfo| {
                job.set_priority(7);
                std::ops::ControlFlow::Continue(())
            })
    })
}

#[jobs::test(setup = with_hooks)]
async fn a_kit_takes_settings_of_its_handle(t: TestJobs) {
    Note::perform_later("x").await.unwrap();
    jobs::assert_enqueued!(Note, priority = 7);
    t.drain().await.expect_ok();
}

/// A worker that the test starts itself goes by the kit's clock, and what it does is seen.
#[jobs::test]
async fn a_real_worker_can_run_under_a_kit(t: TestJobs) {
    let kept = Arc::new(Notes::default());
    t.state_dyn(Arc::clone(&kept));
    t.state_dyn::<dyn Mail>(Arc::new(FakeMail::default()));
    t.state(tokio::sync::Barrier::new(1));
    t.state(tokio::sync::Notify::new());
    let worker = t.jobs().worker().start().await.unwrap();
    let handle = Note::perform_later("worked")
        .wait(Duration::from_secs(3_600))
        .await
        .unwrap();
    t.advance(Duration::from_secs(3_600));
    handle.result().await.unwrap();
    worker.stop().await.unwrap();
    jobs::assert_performed!(Note { text: "worked" }, times = 1);
}
