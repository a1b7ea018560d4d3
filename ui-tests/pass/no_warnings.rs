//! The expansion adds no warning of its own under the strictest lints.
#![deny(warnings, missing_docs, unused, unreachable_pub, clippy::pedantic, clippy::all)]
#![deny(unused_qualifications, single_use_lifetimes, unused_lifetimes, trivial_casts, let_underscore_drop)]
#![forbid(unsafe_code)]

/// The jobs.
pub mod tasks {
    use jobs::{JobContext, job};

    jobs::queues! {
        /// Mail.
        mailers,
        low as "low-priority",
    }

    /// Sends a mail.
    ///
    /// # Errors
    /// The mail was refused.
    #[job(queue = mailers, queues = crate::tasks::queues, retry_on(any, attempts = 3))]
    pub async fn send(user: u64, name: String, #[ctx] ctx: &JobContext) -> Result<(), std::fmt::Error> {
        std::future::ready((user, name, ctx.attempt())).await;
        Ok(())
    }

    /// Counts.
    #[job(blocking)]
    #[must_use]
    pub fn count(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> u64 {
        [a, b, c, d, e, f, g, h].into_iter().map(u64::from).sum()
    }

    #[job]
    async fn private_and_never_enqueued(#[arg(default)] n: u64) {
        std::future::ready(n).await;
    }

    /// Ours.
    #[jobs::base(retry = 3, after_enqueue = noted)]
    pub struct ApplicationJob;

    fn noted(_job: &jobs::EnqueueInfo) {}

    /// Old.
    #[deprecated]
    #[job(base = ApplicationJob)]
    #[expect(clippy::unused_async)]
    pub async fn old() {}
}

fn main() {
    drop(tasks::Send::perform_later(1, "ann"));
}
