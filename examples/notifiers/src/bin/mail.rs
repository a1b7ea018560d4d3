//! Mails about dead letters, as files: `cargo run -p notifiers --bin mail`.

#![allow(clippy::print_stdout, reason = "it reports")]

use jobs::Jobs;
use notifiers::{Charge, mail};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    let folder = std::env::temp_dir().join("mails-of-jobs");
    std::fs::create_dir_all(&folder)?;
    let jobs = Jobs::builder("sqlite::memory:")
        .state(mail::Mailer::new(&folder))
        .on_dead(mail::tell)
        .state(unused_receiver())
        .connect()
        .await?;
    let worker = jobs.worker().start().await?;
    let charge = Charge::perform_later(42_u64, "4111").on(&jobs).await?;
    println!("{:?}", charge.result().await);
    // The mail is a job as well: it is sent before the worker stops.
    worker.stop().await?;
    println!("see {}", folder.display());
    Ok(())
}

/// This program's other notifier.
fn unused_receiver() -> notifiers::webhook::Receiver {
    notifiers::webhook::Receiver {
        url: String::new(),
        secret: Vec::new(),
        client: reqwest::Client::new(),
    }
}
