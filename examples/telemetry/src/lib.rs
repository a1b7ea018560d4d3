//! Some jobs that end in different ways, for the programs of this package to show.

use jobs::{JobContext, Jobs, job};

jobs::queues! { mail, default }

/// So many greetings are sent.
pub const GREETINGS: usize = 5;

/// Ends well.
#[job(queue = "mail", redact(address))]
pub async fn greet(address: String) {
    tracing::info!(letters = address.len(), "hello");
}

/// Fails twice, then ends well.
#[job(retry_on(any, attempts = 3, wait = "0s"))]
pub async fn flaky(#[ctx] ctx: &JobContext) -> Result<(), String> {
    if ctx.attempt() < 3 {
        return Err("the line is busy".into());
    }
    Ok(())
}

/// Becomes a dead letter at once.
#[job(retry = 0)]
pub async fn broken() -> Result<(), String> {
    Err("it cannot be done".into())
}

/// Ends without effect.
#[job(discard_on(any))]
pub async fn unwanted() -> Result<(), String> {
    Err("nobody wants it".into())
}

/// Enqueues all of them and waits for their ends.
///
/// # Errors
/// The database fails.
pub async fn some_work(jobs: &Jobs) -> jobs::Result<()> {
    let mut greetings = Vec::new();
    for n in 0..GREETINGS {
        greetings.push(
            Greet::perform_later(format!("user{n}@example.org"))
                .on(jobs)
                .await?,
        );
    }
    let flaky = Flaky::perform_later().on(jobs).await?;
    let broken = Broken::perform_later().on(jobs).await?;
    let unwanted = Unwanted::perform_later().on(jobs).await?;
    jobs::wait_all(greetings).await?;
    flaky.result().await?;
    // That these two fail is what they are for.
    let _ = broken.result().await;
    let _ = unwanted.result().await;
    Ok(())
}
