//! Traces to an OpenTelemetry collector, over HTTP:
//! `OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 cargo run -p telemetry --bin otlp`.

use jobs::Jobs;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing::Instrument as _;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

fn main() -> anyhow::Result<()> {
    let base = std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT");
    let base = base.unwrap_or_else(|_| "http://127.0.0.1:4318".into());
    // Outside of the runtime: this client has one of its own.
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{base}/v1/traces"))
        .build()?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(Resource::builder().with_service_name("shop").build())
        .build();
    tracing_subscriber::registry()
        .with(EnvFilter::new("info"))
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("shop")))
        .init();
    tokio::runtime::Runtime::new()?.block_on(work())?;
    Ok(provider.shutdown()?)
}

async fn work() -> anyhow::Result<()> {
    let jobs = Jobs::connect("sqlite::memory:").await?;
    let worker = jobs.worker().start().await?;
    let request = tracing::info_span!("GET /welcome");
    telemetry::some_work(&jobs).instrument(request).await?;
    Ok(worker.stop().await?)
}
