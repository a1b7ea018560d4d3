//! Every form that the assertions take, passing and failing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::TimeDelta;
use jobs::{sqlx::Sqlite, testing::TestJobs};

use crate::{queues, tasks, tasks::*};

/// Whether the assertion fails.
macro_rules! fails {
    ($assertion:expr) => {
        assert!(
            catch_unwind(AssertUnwindSafe(|| $assertion)).is_err(),
            "it held: {}",
            stringify!($assertion)
        )
    };
}

async fn report(name: &str, rows: u32, format: Option<Format>) {
    ExportReport::perform_later(name, rows, format, false)
        .await
        .unwrap();
}

#[jobs::test]
#[expect(unused_qualifications, reason = "a path is one of the forms")]
async fn by_type() {
    jobs::assert_no_enqueued!();
    jobs::assert_no_enqueued!(ExportReport);
    fails!(jobs::assert_enqueued!());
    fails!(jobs::assert_enqueued!(ExportReport));
    report("sales", 3, None).await;
    jobs::assert_enqueued!();
    jobs::assert_enqueued!(ExportReport);
    jobs::assert_enqueued!(tasks::ExportReport);
    jobs::assert_no_enqueued!(SendWelcomeEmail);
    fails!(jobs::assert_no_enqueued!());
    fails!(jobs::assert_no_enqueued!(ExportReport));
    fails!(jobs::assert_enqueued!(SendWelcomeEmail));
}

#[jobs::test]
async fn by_value() {
    report("sales", 3, Some(Format::Pdf { pages: 2 })).await;
    let format = Some(Format::Pdf { pages: 2 });
    jobs::assert_enqueued!(ExportReport {
        name: "sales",
        rows: 3,
        format,
        dry_run: false
    });
    let (name, rows) = (String::from("sales"), 3);
    let job = |rows| ExportReport {
        name: name.clone(),
        rows,
        format: Some(Format::Pdf { pages: 2 }),
        dry_run: false,
    };
    jobs::assert_enqueued!(job(rows));
    let expected = job(3);
    jobs::assert_enqueued!(expected, times = 1);
    fails!(jobs::assert_enqueued!(job(4)));
    fails!(jobs::assert_enqueued!(ExportReport {
        name: "costs",
        rows: 3,
        format: None,
        dry_run: false
    }));
    jobs::assert_no_enqueued!(job(4));
    fails!(jobs::assert_no_enqueued!(job(3)));
    SendWelcomeEmail::perform_later(5_000_000_000)
        .await
        .unwrap();
    jobs::assert_enqueued!(SendWelcomeEmail {
        user_id: 5_000_000_000
    });
    Explode::perform_later().await.unwrap();
    jobs::assert_enqueued!(Explode {});
}

#[jobs::test]
async fn by_pattern() {
    report("sales", 3, Some(Format::Pdf { pages: 2 })).await;
    jobs::assert_enqueued!(ExportReport { .. });
    jobs::assert_enqueued!(ExportReport { rows: 1..=9, .. });
    jobs::assert_enqueued!(ExportReport { rows: 3, .. });
    jobs::assert_enqueued!(ExportReport { rows: 1 | 3, .. });
    jobs::assert_enqueued!(ExportReport {
        name: "sales",
        rows: 1..,
        ..
    });
    jobs::assert_enqueued!(ExportReport {
        format: Some(_),
        dry_run: false,
        ..
    });
    jobs::assert_enqueued!(ExportReport {
        format: Some(Format::Pdf { pages: 2.. }),
        ..
    });
    jobs::assert_enqueued!(ExportReport {
        name: _,
        rows: _,
        format: _,
        dry_run: _
    });
    struct Wanted {
        rows: u32,
    }
    let wanted = Wanted { rows: 3 };
    let name = "sales";
    jobs::assert_enqueued!(ExportReport {
        name,
        rows: wanted.rows,
        ..
    });
    jobs::assert_enqueued!(ExportReport { rows: 2 + 1, .. });
    fails!(jobs::assert_enqueued!(ExportReport { rows: 4..=9, .. }));
    fails!(jobs::assert_enqueued!(ExportReport {
        rows: wanted.rows + 1,
        ..
    }));
    fails!(jobs::assert_enqueued!(ExportReport { format: None, .. }));
    fails!(jobs::assert_enqueued!(ExportReport {
        format: Some(Format::Csv),
        ..
    }));
    fails!(jobs::assert_enqueued!(ExportReport { name: "costs", .. }));
    jobs::assert_no_enqueued!(ExportReport { rows: 4.., .. });
    fails!(jobs::assert_no_enqueued!(ExportReport { rows: ..4, .. }));
}

#[jobs::test]
async fn by_predicate() {
    report("sales", 3, None).await;
    let least = 3;
    jobs::assert_enqueued!(ExportReport, when = |job| job.rows >= least);
    jobs::assert_enqueued!(
        ExportReport { name: "sales", .. },
        when = |job: &ExportReport| job.rows.is_multiple_of(3) && !job.dry_run,
        times = 1,
    );
    fails!(jobs::assert_enqueued!(
        ExportReport,
        when = |job| job.rows > least
    ));
    jobs::assert_no_enqueued!(ExportReport, when = |job| job.rows > least);
}

#[jobs::test]
async fn by_queue_priority_time_and_tag(t: TestJobs) {
    let hour = std::time::Duration::from_secs(3_600);
    SyncUser::perform_later(7, true)
        .queue(queues::low)
        .priority(-5)
        .wait(hour)
        .tag("bulk")
        .await
        .unwrap();
    let at = t.now() + TimeDelta::hours(1);
    jobs::assert_enqueued!(queue = "low");
    jobs::assert_enqueued!(
        SyncUser,
        queue = queues::low,
        priority = -5,
        at = at,
        tag = "bulk"
    );
    jobs::assert_enqueued!(SyncUser, at = at.with_timezone(&chrono::Local));
    jobs::assert_enqueued!(SyncUser, at = at + TimeDelta::milliseconds(900));
    jobs::assert_no_enqueued!(SyncUser, queue = "default");
    fails!(jobs::assert_enqueued!(SyncUser, queue = "default"));
    fails!(jobs::assert_enqueued!(SyncUser, priority = 5));
    fails!(jobs::assert_enqueued!(
        SyncUser,
        at = at + TimeDelta::seconds(2)
    ));
    fails!(jobs::assert_enqueued!(SyncUser, tag = "single"));
}

#[jobs::test]
async fn by_count() {
    let jobs = (0..3).map(|user_id| SendWelcomeEmail { user_id });
    jobs::perform_all_later(jobs).await.unwrap();
    jobs::assert_enqueued!(SendWelcomeEmail, times = 3);
    jobs::assert_enqueued!(SendWelcomeEmail, at_least = 2, at_most = 3);
    jobs::assert_enqueued!(SendWelcomeEmail { user_id: 1 }, times = 1);
    jobs::assert_enqueued!(SendWelcomeEmail { user_id: 9 }, times = 0);
    jobs::assert_enqueued!(SendWelcomeEmail { user_id: 9 }, at_most = 1);
    jobs::assert_enqueued!(times = 3);
    fails!(jobs::assert_enqueued!(SendWelcomeEmail, times = 2));
    fails!(jobs::assert_enqueued!(SendWelcomeEmail, at_least = 4));
    fails!(jobs::assert_enqueued!(SendWelcomeEmail, at_most = 2));
    fails!(jobs::assert_enqueued!(times = 4));
}

#[jobs::test]
async fn by_what_was_performed(t: TestJobs) {
    t.state(Notes::default());
    jobs::assert_no_performed!();
    fails!(jobs::assert_performed!());
    Note::perform_later("one").priority(3).await.unwrap();
    Note::perform_later("two").await.unwrap();
    jobs::assert_no_performed!(Note);
    t.drain().await;
    jobs::assert_performed!();
    jobs::assert_performed!(Note, times = 2);
    jobs::assert_performed!(
        Note { text: "one" },
        queue = "default",
        priority = 3,
        at = t.now()
    );
    jobs::assert_performed!(Note { text: _ }, at_least = 1, at_most = 2);
    jobs::assert_no_performed!(Note { text: "three" });
    fails!(jobs::assert_performed!(Note { text: "three" }));
    fails!(jobs::assert_performed!(Note, times = 1));
    fails!(jobs::assert_no_performed!());
    fails!(jobs::assert_no_performed!(Note));
    jobs::assert_no_enqueued!();
}

#[jobs::test]
async fn in_a_block(t: TestJobs) {
    SendWelcomeEmail::perform_later(1).await.unwrap();
    let rest = t.mark();
    let block = t
        .block(async {
            SendWelcomeEmail::perform_later(2)
                .await
                .map(|handle| handle.id())
        })
        .await;
    SendWelcomeEmail::perform_later(3).await.unwrap();
    jobs::assert_enqueued!(SendWelcomeEmail, times = 1, in = block);
    jobs::assert_enqueued!(SendWelcomeEmail { user_id: 2 }, in = block);
    jobs::assert_no_enqueued!(SendWelcomeEmail { user_id: 1 | 3 }, in = block);
    jobs::assert_enqueued!(SendWelcomeEmail, times = 2, in = rest);
    fails!(jobs::assert_enqueued!(SendWelcomeEmail { user_id: 1 }, in = rest));
    assert!(block.value.is_ok());
}

/// What waits is what the database says, whoever changed it.
#[jobs::test]
async fn a_job_that_was_cancelled_or_replaced_is_not_what_it_was(t: TestJobs) {
    let handle = SendWelcomeEmail::perform_later(1).await.unwrap();
    handle.cancel().await.unwrap();
    jobs::assert_no_enqueued!();
    LeavesNoTrace::perform_later().await.unwrap();
    jobs::assert_enqueued!(LeavesNoTrace);
    t.drain().await;
    jobs::assert_no_enqueued!();
    SyncUser::perform_later(1, false).await.unwrap();
    let again = SyncUser::perform_later(1, true).await.unwrap();
    assert!(again.was_duplicate());
    jobs::assert_enqueued!(SyncUser, times = 1);
    t.jobs().queue(queues::default).clear().await.unwrap();
    jobs::assert_no_enqueued!();
}

#[jobs::test]
async fn a_job_in_a_transaction_counts_from_its_commit(t: TestJobs) {
    let jobs = t.jobs();
    let mut tx = jobs.begin::<Sqlite>().await.unwrap();
    SendWelcomeEmail::perform_later(1)
        .in_transaction(&mut tx)
        .await
        .unwrap();
    tx.rollback().await.unwrap();
    jobs::assert_no_enqueued!();
    let mut tx = jobs.begin::<Sqlite>().await.unwrap();
    SendWelcomeEmail::perform_later(2)
        .in_transaction(&mut tx)
        .await
        .unwrap();
    fails!(jobs::assert_enqueued!(SendWelcomeEmail));
    tx.commit().await.unwrap();
    jobs::assert_enqueued!(SendWelcomeEmail { user_id: 2 }, times = 1);
}
