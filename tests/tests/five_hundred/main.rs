//! What a kit costs, and whether tests meet: 500 empty tests of tokio, and 500 of the kit's. `benches/kit.sh` times them.

jobs::queues! { default }

#[jobs::job]
async fn mine(number: u64) {
    let _ = number;
}

/// A number that no other test has.
fn fresh() -> u64 {
    static LAST: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    LAST.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

async fn own_jobs_alone(t: jobs::testing::TestJobs) {
    jobs::assert_no_enqueued!();
    let number = fresh();
    Mine::perform_later(number).await.expect("enqueued");
    jobs::assert_enqueued!(times = 1);
    jobs::assert_enqueued!(Mine { number }, times = 1);
    assert_eq!(t.drain().await.expect_ok().executions::<Mine>(), 1);
    jobs::assert_performed!(times = 1);
    jobs::assert_no_enqueued!();
}

macro_rules! ten {
    ($($name:ident),*; $tests:ident) => { $(mod $name { $tests!(); })* };
}

macro_rules! ten_empty {
    () => { ten_empty!(a, b, c, d, e, f, g, h, i, j); };
    ($($name:ident),*) => {
        $(#[tokio::test]
        async fn $name() {})*
    };
}

macro_rules! ten_kits {
    () => { ten_kits!(a, b, c, d, e, f, g, h, i, j); };
    ($($name:ident),*) => {
        $(#[jobs::test]
        async fn $name(t: jobs::testing::TestJobs) {
            crate::own_jobs_alone(t).await;
        })*
    };
}

macro_rules! hundred_empty { () => { ten!(a, b, c, d, e, f, g, h, i, j; ten_empty); }; }
macro_rules! hundred_kits { () => { ten!(a, b, c, d, e, f, g, h, i, j; ten_kits); }; }

mod empty {
    ten!(a, b, c, d, e; hundred_empty);
}

mod kits {
    ten!(a, b, c, d, e; hundred_kits);
}
