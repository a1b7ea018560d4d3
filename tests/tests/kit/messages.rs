//! What a failed assertion says. `UPDATE_EXPECT=1 cargo test` accepts.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use chrono::TimeDelta;
use expect_test::{Expect, expect};
use jobs::{sqlx::Sqlite, testing::TestJobs};

use crate::{queues, tasks::*};

/// Compares the message of the panic.
fn says(assertion: impl FnOnce(), expected: Expect) {
    let panic = catch_unwind(AssertUnwindSafe(assertion)).expect_err("it fails");
    let text = panic.downcast_ref::<String>().expect("a text");
    expected.assert_eq(&format!("{text}\n"));
}

#[jobs::test]
async fn nothing_is_enqueued() {
    says(
        || jobs::assert_enqueued!(SendWelcomeEmail),
        expect![[r#"
        assert_enqueued!(SendWelcomeEmail)
          expected: at least 1 waiting job: SendWelcomeEmail
             found: none

          nothing is enqueued
    "#]],
    );
    says(
        || jobs::assert_performed!(SendWelcomeEmail { user_id: 42 }),
        expect![[r#"
        assert_performed!(SendWelcomeEmail { user_id: 42 })
          expected: at least 1 execution: SendWelcomeEmail { user_id: 42 }
             found: none

          nothing was performed
    "#]],
    );
}

#[jobs::test]
async fn something_else_is_enqueued() {
    SendWelcomeEmail::perform_later(43)
        .queue(queues::low)
        .await
        .unwrap();
    ExportReport::perform_later("sales", 3, Some(Format::Csv), true)
        .wait(Duration::from_secs(5_400))
        .priority(-1)
        .await
        .unwrap();
    says(
        || {
            jobs::assert_enqueued!(
                SendWelcomeEmail { user_id: 42 },
                queue = "critical",
                times = 1
            )
        },
        expect![[r#"
            assert_enqueued!(SendWelcomeEmail { user_id: 42 }, queue = "critical", times = 1)
              expected: exactly 1 waiting job: SendWelcomeEmail { user_id: 42 }
                 found: none

              the closest differs in:
                - SendWelcomeEmail { user_id: 42 }
                + SendWelcomeEmail { user_id: 43 }
                - queue = "critical"
                + queue = "low"

              enqueued instead:
                 SendWelcomeEmail { user_id: 43 }, queue = "low"
                 ExportReport { name: "sales", rows: 3, format: "Csv", dryRun: true }, queue = "default", priority = -1, due in 1h 30m
        "#]],
    );
    says(
        || jobs::assert_enqueued!(SyncUser, at_least = 2),
        expect![[r#"
        assert_enqueued!(SyncUser, at_least = 2)
          expected: at least 2 waiting jobs: SyncUser
             found: none

          enqueued instead:
             SendWelcomeEmail { user_id: 43 }, queue = "low"
             ExportReport { name: "sales", rows: 3, format: "Csv", dryRun: true }, queue = "default", priority = -1, due in 1h 30m
    "#]],
    );
    says(
        || jobs::assert_enqueued!(ExportReport { rows: 10.., .. }, at_least = 1, at_most = 3),
        expect![[r#"
            assert_enqueued!(ExportReport { rows: 10.., .. }, at_least = 1, at_most = 3)
              expected: at least 1 and at most 3 waiting jobs: ExportReport { rows: 10.., .. }
                 found: none

              the closest differs in:
                - ExportReport { rows: 10.., .. }
                + ExportReport { name: "sales", rows: 3, format: "Csv", dryRun: true }

              enqueued instead:
                 SendWelcomeEmail { user_id: 43 }, queue = "low"
                 ExportReport { name: "sales", rows: 3, format: "Csv", dryRun: true }, queue = "default", priority = -1, due in 1h 30m
        "#]],
    );
    says(
        || jobs::assert_enqueued!(ExportReport, when = |job| job.rows > 7),
        expect![[r#"
            assert_enqueued!(ExportReport, when = |job| job.rows > 7)
              expected: at least 1 waiting job: ExportReport
                 found: none

              the closest differs in:
                - a job for which `when` holds
                + ExportReport { name: "sales", rows: 3, format: "Csv", dryRun: true }

              enqueued instead:
                 SendWelcomeEmail { user_id: 43 }, queue = "low"
                 ExportReport { name: "sales", rows: 3, format: "Csv", dryRun: true }, queue = "default", priority = -1, due in 1h 30m
        "#]],
    );
}

#[jobs::test(setup = at_noon)]
async fn at_another_time(t: TestJobs) {
    let later = t.now() + TimeDelta::hours(2);
    SendWelcomeEmail::perform_later(43)
        .wait_until(later)
        .tag("bulk")
        .await
        .unwrap();
    says(
        || jobs::assert_enqueued!(SendWelcomeEmail, at = t.now(), priority = 4, tag = "single"),
        expect![[r#"
            assert_enqueued!(SendWelcomeEmail, at = t.now(), priority = 4, tag = "single")
              expected: at least 1 waiting job: SendWelcomeEmail
                 found: none

              the closest differs in:
                - priority = 4
                + priority = 0
                - at = 2027-01-01T12:00:00Z (now)
                + at = 2027-01-01T14:00:00Z (in 2h)
                - tag = "single"
                + tags = ["bulk"]

              enqueued instead:
                 SendWelcomeEmail { user_id: 43 }, queue = "critical", due in 2h
        "#]],
    );
}

fn at_noon(kit: jobs::testing::TestJobsBuilder) -> jobs::testing::TestJobsBuilder {
    kit.at("2027-01-01T12:00:00Z".parse().expect("a time"))
}

#[jobs::test]
async fn too_many() {
    let jobs = (0..12).map(|user_id| SendWelcomeEmail { user_id });
    jobs::perform_all_later(jobs).await.unwrap();
    says(
        || jobs::assert_enqueued!(SendWelcomeEmail { user_id: 3..=5 }, times = 2),
        expect![[r#"
            assert_enqueued!(SendWelcomeEmail { user_id: 3..=5 }, times = 2)
              expected: exactly 2 waiting jobs: SendWelcomeEmail { user_id: 3..=5 }
                 found: 3

              enqueued:
                 SendWelcomeEmail { user_id: 0 }, queue = "critical"
                 SendWelcomeEmail { user_id: 1 }, queue = "critical"
                 SendWelcomeEmail { user_id: 2 }, queue = "critical"
               * SendWelcomeEmail { user_id: 3 }, queue = "critical"
               * SendWelcomeEmail { user_id: 4 }, queue = "critical"
               * SendWelcomeEmail { user_id: 5 }, queue = "critical"
                 SendWelcomeEmail { user_id: 6 }, queue = "critical"
                 SendWelcomeEmail { user_id: 7 }, queue = "critical"
                 SendWelcomeEmail { user_id: 8 }, queue = "critical"
                 SendWelcomeEmail { user_id: 9 }, queue = "critical"
                 … and 2 more
        "#]],
    );
    says(
        || jobs::assert_no_enqueued!(SendWelcomeEmail { user_id: 0 }),
        expect![[r#"
        assert_no_enqueued!(SendWelcomeEmail { user_id: 0 })
          expected: no waiting job: SendWelcomeEmail { user_id: 0 }
             found: 1

          enqueued:
           * SendWelcomeEmail { user_id: 0 }, queue = "critical"
             SendWelcomeEmail { user_id: 1 }, queue = "critical"
             SendWelcomeEmail { user_id: 2 }, queue = "critical"
             SendWelcomeEmail { user_id: 3 }, queue = "critical"
             SendWelcomeEmail { user_id: 4 }, queue = "critical"
             SendWelcomeEmail { user_id: 5 }, queue = "critical"
             SendWelcomeEmail { user_id: 6 }, queue = "critical"
             SendWelcomeEmail { user_id: 7 }, queue = "critical"
             SendWelcomeEmail { user_id: 8 }, queue = "critical"
             SendWelcomeEmail { user_id: 9 }, queue = "critical"
             … and 2 more
    "#]],
    );
}

#[jobs::test]
async fn secrets_stay_secret() {
    Charge::perform_later("4111 1111", 500).await.unwrap();
    says(
        || {
            jobs::assert_enqueued!(Charge {
                card: "4222 2222",
                cents: 500
            })
        },
        expect![[r#"
            assert_enqueued!(Charge { card: "4222 2222", cents: 500 })
              expected: at least 1 waiting job: Charge { card: "4222 2222", cents: 500 }
                 found: none

              the closest differs in:
                - Charge { card: [redacted], cents: 500 }
                + Charge { card: [redacted], cents: 500 } (what is redacted differs)

              enqueued instead:
                 Charge { card: [redacted], cents: 500 }, queue = "low"
        "#]],
    );
}

#[jobs::test]
async fn what_was_performed_and_how_it_ended(t: TestJobs) {
    t.state_dyn::<dyn Mail>(std::sync::Arc::new(FakeMail::failing(1)));
    SendWelcomeEmail::perform_later(1).await.unwrap();
    Explode::perform_later().await.unwrap();
    let run = t.drain_all().await;
    says(
        || jobs::assert_performed!(SendWelcomeEmail, times = 1),
        expect![[r#"
        assert_performed!(SendWelcomeEmail, times = 1)
          expected: exactly 1 execution: SendWelcomeEmail
             found: 2

          performed:
           * SendWelcomeEmail { user_id: 1 }: failed, retried in 3s: kit::tasks::MailError: the server is busy
             Explode: dead: jobs::Panicked: panicked: boom
           * SendWelcomeEmail { user_id: 1 }, attempt 2: succeeded
    "#]],
    );
    says(
        || jobs::assert_no_performed!(Explode),
        expect![[r#"
        assert_no_performed!(Explode)
          expected: no execution: Explode
             found: 1

          performed:
             SendWelcomeEmail { user_id: 1 }: failed, retried in 3s: kit::tasks::MailError: the server is busy
           * Explode: dead: jobs::Panicked: panicked: boom
             SendWelcomeEmail { user_id: 1 }, attempt 2: succeeded
    "#]],
    );
    says(
        || drop(run.expect_ok()),
        expect![[r#"
        2 of 3 executions failed:
          SendWelcomeEmail { user_id: 1 }: failed, retried in 3s: kit::tasks::MailError: the server is busy
          Explode: dead: jobs::Panicked: panicked: boom
    "#]],
    );
}

#[jobs::test]
async fn the_database_did_not_answer(t: TestJobs) {
    SendWelcomeEmail::perform_later(1).await.unwrap();
    let tx = t.jobs().begin::<Sqlite>().await.unwrap();
    says(
        || jobs::assert_no_enqueued!(SendWelcomeEmail),
        expect![[r#"
        assert_no_enqueued!(SendWelcomeEmail)
          expected: no waiting job: SendWelcomeEmail
             found: 1

          enqueued:
           * SendWelcomeEmail { user_id: 1 }, queue = "critical"

          (the database did not answer, perhaps because a transaction is still open: this is what was known before)
    "#]],
    );
    drop(tx);
}

#[test]
fn there_is_no_kit() {
    says(
        || jobs::assert_no_enqueued!(),
        expect![[r#"
        there is no kit here: write `#[jobs::test]`, or begin the test with `let t = jobs::testing::TestJobs::new().await;`
    "#]],
    );
}
