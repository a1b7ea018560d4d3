//! Signed webhooks about dead letters: `WEBHOOK=http://127.0.0.1:8080/hook SECRET=… cargo run -p notifiers --bin webhook`.

use jobs::Jobs;
use notifiers::{Charge, mail, webhook};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    let receiver = webhook::Receiver {
        url: std::env::var("WEBHOOK")?,
        secret: std::env::var("SECRET")?.into_bytes(),
        client: reqwest::Client::new(),
    };
    let jobs = Jobs::builder("sqlite::memory:")
        .state(receiver)
        .state(mail::Mailer::new(std::env::temp_dir()))
        .on_dead(webhook::tell)
        .connect()
        .await?;
    Charge::perform_later(42_u64, "4111").on(&jobs).await?;
    Ok(jobs.worker().run().await?)
}
