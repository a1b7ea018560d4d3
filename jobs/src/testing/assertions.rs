//! The macros. They only hand on what was written: `jobs_macros` reads it, `wanted` compares.

/// Asserts that jobs were enqueued and wait: a job that was performed, cancelled or is dead is none of them.
///
/// The first part says which jobs; left out, all are meant.
///
/// | which | meant are jobs |
/// |---|---|
/// | `SendWelcomeEmail` | of this type |
/// | `SendWelcomeEmail { user_id: 42 }`, or any expression of that type | with just these arguments, compared as JSON |
/// | `SendWelcomeEmail { user_id: 1..=9, .. }` | whose arguments fit: patterns with `..`, `_`, ranges and `\|`; a field may also be any expression, compared as JSON |
///
/// Then, in any order:
///
/// | option | meaning |
/// |---|---|
/// | `when = \|job: &SendWelcomeEmail\| job.user_id > 7` | a predicate on the arguments |
/// | `queue = "critical"`, `queue = queues::critical` | the queue |
/// | `priority = 5` | the priority |
/// | `at = t.now() + TimeDelta::hours(1)` | when it is due, of any time zone, give or take a second |
/// | `tag = "bulk"` | a label |
/// | `times = 1`, `at_least = 2`, `at_most = 5` | how many; at least one unless said |
/// | `in = block` | only what was enqueued in a [`Block`](crate::testing::Block) of the test |
///
/// ```
/// # mod tasks {
/// #[jobs::job]
/// pub async fn send_welcome_email(user_id: i64, name: String) {}
/// # }
/// # use tasks::SendWelcomeEmail;
/// # use std::time::Duration;
/// # use chrono::TimeDelta;
/// jobs::queues! { default, critical }
///
/// #[jobs::test]
/// async fn enqueues(t: jobs::testing::TestJobs) {
///     SendWelcomeEmail::perform_later(42, "ann").queue(queues::critical).wait(Duration::from_secs(60)).await.unwrap();
///
///     jobs::assert_enqueued!(SendWelcomeEmail);
///     jobs::assert_enqueued!(SendWelcomeEmail { user_id: 42, name: "ann" }, times = 1);
///     jobs::assert_enqueued!(SendWelcomeEmail { user_id: 1..=99, .. }, queue = "critical", at_most = 5);
///     jobs::assert_enqueued!(SendWelcomeEmail, when = |job: &SendWelcomeEmail| job.name.len() == 3);
///     jobs::assert_enqueued!(at = t.now() + TimeDelta::minutes(1));
/// }
/// # fn main() {}
/// ```
///
/// # Panics
/// If it is not so: with what was wanted, what comes closest, and what is enqueued instead.
#[macro_export]
macro_rules! assert_enqueued {
    ($($wanted:tt)*) => {
        $crate::testing::__assertion!(
            ($crate) assert_enqueued (::core::concat!("assert_enqueued!(", ::core::stringify!($($wanted)*), ")"))
            $($wanted)*
        )
    };
}

/// Asserts that no such job waits; the opposite of [`assert_enqueued!`](crate::assert_enqueued), and written in the same way, but for
/// counts. Without anything, that no job waits at all.
///
/// ```
/// # mod tasks { #[jobs::job] pub async fn tidy(days: u32) {} }
/// # use tasks::Tidy;
/// # jobs::queues! { default }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let t = jobs::testing::TestJobs::new().await;
/// jobs::assert_no_enqueued!();
/// Tidy::perform_later(3).await.unwrap();
/// jobs::assert_no_enqueued!(Tidy { days: 7 });
/// # }
/// ```
///
/// # Panics
/// If one waits.
#[macro_export]
macro_rules! assert_no_enqueued {
    ($($wanted:tt)*) => {
        $crate::testing::__assertion!(
            ($crate) assert_no_enqueued (::core::concat!("assert_no_enqueued!(", ::core::stringify!($($wanted)*), ")"))
            $($wanted)*
        )
    };
}

/// Asserts that jobs were called, whatever that ended in; each retry counts anew. Written as
/// [`assert_enqueued!`](crate::assert_enqueued); `at` is when they ran.
///
/// ```
/// # mod tasks { #[jobs::job] pub async fn tidy(days: u32) {} }
/// # use tasks::Tidy;
/// # jobs::queues! { default }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let t = jobs::testing::TestJobs::new().await;
/// Tidy::perform_later(3).await.unwrap();
/// t.drain().await;
/// jobs::assert_performed!(Tidy { days: 3 }, times = 1);
/// # }
/// ```
///
/// # Panics
/// If they were not: with what was performed instead, and how it ended.
#[macro_export]
macro_rules! assert_performed {
    ($($wanted:tt)*) => {
        $crate::testing::__assertion!(
            ($crate) assert_performed (::core::concat!("assert_performed!(", ::core::stringify!($($wanted)*), ")"))
            $($wanted)*
        )
    };
}

/// Asserts that no such job was called; without anything, that none was.
///
/// ```
/// # mod tasks { #[jobs::job] pub async fn tidy(days: u32) {} }
/// # use tasks::Tidy;
/// # jobs::queues! { default }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let t = jobs::testing::TestJobs::new().await;
/// Tidy::perform_later(3).await.unwrap();
/// jobs::assert_no_performed!(Tidy);
/// # }
/// ```
///
/// # Panics
/// If one was.
#[macro_export]
macro_rules! assert_no_performed {
    ($($wanted:tt)*) => {
        $crate::testing::__assertion!(
            ($crate) assert_no_performed (::core::concat!("assert_no_performed!(", ::core::stringify!($($wanted)*), ")"))
            $($wanted)*
        )
    };
}
