//! Metrics for Prometheus: `cargo run -p telemetry --bin prometheus`, then `curl localhost:9464/metrics`.

use std::net::SocketAddr;

use jobs::Jobs;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};

/// From a millisecond to ten minutes.
const SECONDS: &[f64] = &[0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0, 600.0];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listen = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:9464".into());
    PrometheusBuilder::new()
        .with_http_listener(listen.parse::<SocketAddr>()?)
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)?
        .install()?;
    let jobs = Jobs::connect("sqlite::memory:").await?;
    let worker = jobs.worker().start().await?;
    telemetry::some_work(&jobs).await?;
    tokio::signal::ctrl_c().await?;
    Ok(worker.stop().await?)
}
