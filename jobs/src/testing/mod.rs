//! For tests: jobs on a database of their own and a clock that moves when told.
//!
//! ```toml
//! [dev-dependencies]
//! jobs = { version = "0.1", features = ["testing"] }
//! ```
//!
//! ```
//! # mod tasks {
//! use jobs::job;
//!
//! #[job(retry_on(std::io::Error, attempts = 5))]
//! pub async fn send_welcome_email(user_id: i64) -> std::io::Result<()> {
//!     println!("welcome, {user_id}");
//!     Ok(())
//! }
//! # }
//! # use tasks::SendWelcomeEmail;
//! # use std::time::Duration;
//! # jobs::queues! { default }
//! #[jobs::test]
//! async fn welcomes(t: jobs::testing::TestJobs) {
//!     SendWelcomeEmail::perform_later(42).await.unwrap();
//!     jobs::assert_enqueued!(SendWelcomeEmail { user_id: 42 }, queue = "default", times = 1);
//!
//!     t.fail::<SendWelcomeEmail, _>(4, || std::io::Error::other("the server is busy"));
//!     let run = t.drain_all().await; // moves the clock through the retries; `drain` runs what is due now
//!     assert_eq!(run.executions::<SendWelcomeEmail>(), 5);
//!     jobs::assert_no_enqueued!();
//! }
//! # fn main() {}
//! ```
//!
//! - [`TestJobs`]: the kit of one test. `#[jobs::test]` hands it over; `TestJobs::new().await` makes one in tests of
//!   `#[tokio::test]`, rstest and the like.
//! - [`TestJobs::drain`] and [`TestJobs::drain_all`] run jobs, by the code that runs them in a worker; [`Run`] says what
//!   became of them.
//! - [`assert_enqueued!`](crate::assert_enqueued), [`assert_performed!`](crate::assert_performed) and their opposites.
//! - [`TestClock`]: the clock alone, for handles of your own.

mod assertions;
mod builder;
mod clock;
mod drain;
mod faults;
mod kit;
mod log;
mod report;
mod run;
mod server;
mod simulated;
mod start;
mod test_jobs;
mod text;
mod thread;
mod wanted;

#[doc(hidden)]
pub use jobs_macros::assertion as __assertion;

pub use builder::TestJobsBuilder;
pub use clock::TestClock;
pub use drain::Drain;
pub(crate) use drain::run_inline;
pub(crate) use kit::Kit;
pub use run::{Ended, Execution, Run};
pub use simulated::{seed_simulation, simulated};
pub use start::{TestOptions, run_test};
pub use test_jobs::{Block, TestJobs};
pub(crate) use thread::on_this_thread;
pub use wanted::{Any, Wanted, same};
