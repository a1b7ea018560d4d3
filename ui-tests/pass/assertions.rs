//! What the assertions and `#[jobs::test]` take, without a warning.
#![deny(warnings)]

use jobs::testing::TestJobs;

#[jobs::job]
async fn tidy(days: u32, folder: String) {
    drop((days, folder));
}

#[allow(dead_code)]
#[jobs::test(flavor = "multi_thread", worker_threads = 1, setup = kit, crate = jobs)]
async fn in_all_forms(t: TestJobs) -> Result<(), jobs::Error> {
    forms().await;
    drop(t);
    Ok(())
}

#[allow(dead_code)]
fn kit(builder: jobs::testing::TestJobsBuilder) -> jobs::testing::TestJobsBuilder {
    builder
}

async fn forms() {
    let folder = String::from("/tmp");
    Tidy::perform_later(3, "/tmp").await.unwrap();
    jobs::assert_enqueued!();
    jobs::assert_enqueued!(Tidy);
    jobs::assert_enqueued!(Tidy { days: 3, folder: folder.clone() });
    jobs::assert_enqueued!(Tidy { days: 3, folder: "/tmp" }, times = 1,);
    jobs::assert_enqueued!(Tidy { days: 1..=9, folder, .. });
    jobs::assert_enqueued!(Tidy { folder: _, .. }, when = |tidy| tidy.days == 3);
    jobs::assert_no_enqueued!(Tidy { days: 4.., .. });
    jobs::assert_no_performed!();
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let _t = TestJobs::new().await;
    forms().await;
}
