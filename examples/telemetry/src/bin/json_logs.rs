//! Logs as JSON, one object per line: `cargo run -p telemetry --bin json_logs`.

use jobs::Jobs;
use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt()
        .json()
        // A line for the end of each span: what was enqueued, what ran, how it ended.
        .with_span_events(FmtSpan::CLOSE)
        .with_env_filter(filter)
        .init();
    let jobs = Jobs::connect("sqlite::memory:").await?;
    let worker = jobs.worker().start().await?;
    telemetry::some_work(&jobs).await?;
    Ok(worker.stop().await?)
}
