//! Two endpoints for whoever watches over the process.

use std::time::Duration;

use axum::{Router, extract::State, http::StatusCode, routing::get};
use jobs::{Jobs, inspect::Inspector};

/// A database that takes longer to answer than this does not count as there.
const PATIENCE: Duration = Duration::from_secs(2);

/// A router with `/live` and `/ready`, open to everybody: they tell nothing but yes or no.
///
/// `/live` answers 200 while the worker of this process gives its signs of life in time, or none runs here; else 503:
/// restart it. `/ready` answers 200 if the database answers within two seconds and its schema is the one that this
/// code knows or a newer one; else 503: send it no work.
///
/// ```
/// # async fn doc(jobs: jobs::Jobs) -> axum::Router {
/// axum::Router::new().nest("/health", jobs_web::health(jobs))
/// # }
/// ```
pub fn health(jobs: Jobs) -> Router {
    Router::new()
        .route("/live", get(live))
        .route("/ready", get(ready))
        .with_state(jobs.inspect())
}

type Answer = (StatusCode, &'static str);

async fn live(State(inspector): State<Inspector>) -> Answer {
    match inspector.is_alive() {
        true => (StatusCode::OK, "alive\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "no sign of life\n"),
    }
}

async fn ready(State(inspector): State<Inspector>) -> Answer {
    match tokio::time::timeout(PATIENCE, inspector.health()).await {
        Ok(Ok(health)) if health.schema >= health.schema_known => (StatusCode::OK, "ready\n"),
        Ok(Ok(_)) => (StatusCode::SERVICE_UNAVAILABLE, "the schema is old\n"),
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "no database\n"),
    }
}
