//! The same in a schema of a server.

use std::{sync::Arc, time::Duration};

use jobs::{sqlx, testing::TestJobs};

use crate::tasks::*;

/// Without a server these tests pass, and say so.
fn there_is_one() -> bool {
    let there = std::env::var_os("TEST_POSTGRES_URL").is_some();
    if !there {
        eprintln!("SKIPPED: TEST_POSTGRES_URL names no server");
    }
    there
}

#[test]
fn jobs_run_there_as_in_memory() {
    if there_is_one() {
        as_in_memory();
    }
}

mod inner {
    use super::*;

    // Called by the test above: a test of this attribute fails where no server is named.
    pub(super) async fn whole(t: TestJobs) {
        t.state_dyn::<dyn Mail>(Arc::new(FakeMail::failing(4)));
        SendWelcomeEmail::perform_later(42).await.unwrap();
        jobs::assert_enqueued!(
            SendWelcomeEmail { user_id: 42 },
            queue = "critical",
            times = 1
        );
        let run = t.drain_all().await;
        assert_eq!(run.executions::<SendWelcomeEmail>(), 5);
        jobs::assert_performed!(SendWelcomeEmail);
        jobs::assert_no_enqueued!();

        let at = t.now() + chrono::TimeDelta::hours(1);
        ExportReport::perform_later("sales", 3, Some(Format::Pdf { pages: 2 }), true)
            .wait(Duration::from_secs(3_600))
            .await
            .unwrap();
        jobs::assert_enqueued!(
            ExportReport {
                rows: 1..=3,
                format: Some(Format::Pdf { .. }),
                ..
            },
            at = at
        );
        t.advance(Duration::from_secs(3_600));
        assert_eq!(t.drain().await.executions::<ExportReport>(), 1);
        let mut tx = t.jobs().begin::<sqlx::Postgres>().await.unwrap();
        LeavesNoTrace::perform_later()
            .in_transaction(&mut tx)
            .await
            .unwrap();
        jobs::assert_no_enqueued!();
        tx.commit().await.unwrap();
        jobs::assert_enqueued!(LeavesNoTrace, times = 1);
        t.clear();
        jobs::assert_no_enqueued!();
    }
}

fn as_in_memory() {
    let options = || jobs::__private::TestOptions {
        postgres: true,
        ..jobs::__private::TestOptions::default()
    };
    // Two at once, each in a schema of its own.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| jobs::__private::run_test(options(), inner::whole));
        }
    });
}

#[test]
fn its_schema_goes_with_the_test() {
    if !there_is_one() {
        return;
    }
    let options = jobs::__private::TestOptions {
        postgres: true,
        ..jobs::__private::TestOptions::default()
    };
    let schemas = async |t: &TestJobs| {
        let mut tx = t.jobs().begin::<sqlx::Postgres>().await.unwrap();
        let like = format!("jobs_test_%_{:x}_%", std::process::id());
        sqlx::query_scalar::<_, String>(
            "SELECT nspname::text FROM pg_namespace WHERE nspname LIKE $1",
        )
        .bind(like)
        .fetch_all(&mut **tx)
        .await
        .unwrap()
    };
    let mine = std::panic::catch_unwind(|| {
        jobs::__private::run_test(options, |t| async move {
            let found: Vec<String> = {
                let mut tx = t.jobs().begin::<sqlx::Postgres>().await.unwrap();
                LeavesNoTrace::perform_later()
                    .in_transaction(&mut tx)
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
                schemas(&t).await
            };
            std::panic::resume_unwind(Box::new(found));
        });
    });
    let mine = *mine
        .expect_err("it panics")
        .downcast::<Vec<String>>()
        .expect("the schemas");
    assert!(!mine.is_empty());
}
