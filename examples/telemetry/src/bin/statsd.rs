//! Metrics to StatsD, over UDP: `STATSD=127.0.0.1:8125 cargo run -p telemetry --bin statsd`.

use std::net::SocketAddr;

use anyhow::Context as _;
use jobs::Jobs;
use metrics_exporter_statsd::StatsdBuilder;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let server = std::env::var("STATSD").unwrap_or_else(|_| "127.0.0.1:8125".into());
    let server: SocketAddr = server.parse().context("STATSD is an address with a port")?;
    let recorder = StatsdBuilder::from(server.ip().to_string(), server.port())
        .with_buffer_size(0) // each number at once, for this program ends soon
        .histogram_is_timer()
        .build(Some("shop"))?;
    metrics::set_global_recorder(recorder)?;
    let jobs = Jobs::connect("sqlite::memory:").await?;
    let worker = jobs.worker().start().await?;
    telemetry::some_work(&jobs).await?;
    Ok(worker.stop().await?)
}
