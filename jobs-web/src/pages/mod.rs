//! One file per page: its handler, and what it shows.
//!
//! A new page is a file here, a route below, and a line in `layout::PLACES`.

mod audit;
mod batches;
mod bulk;
mod dead;
mod enqueue;
mod fields;
mod flow;
mod job;
mod job_parts;
mod jobs;
mod overview;
mod queues;
mod recurring;
mod workers;

use axum::{
    Router,
    http::StatusCode,
    routing::{get, post},
};

use crate::{assets, failure::Failure, live, view::View};

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", get(overview::show))
        .route("/queues", get(queues::show))
        .route("/queues/{action}", post(queues::act))
        .route("/jobs", get(jobs::show))
        .route("/jobs/bulk", post(bulk::act))
        .route("/jobs/bulk/{run}", get(bulk::progress))
        .route("/jobs/{id}", get(job::show))
        .route("/jobs/{id}/edit", get(job::edit).post(job::save))
        .route("/jobs/{id}/{action}", post(job::act))
        .route("/dead", get(dead::show))
        .route("/dead/{fingerprint}", get(dead::group))
        .route("/dead/{fingerprint}/{action}", post(dead::act))
        .route("/batches", get(batches::show))
        .route("/batches/{id}", get(batches::one))
        .route("/batches/{id}/{action}", post(batches::act))
        .route("/recurring", get(recurring::show))
        .route("/recurring/{action}", post(recurring::act))
        .route("/workers", get(workers::show))
        .route("/workers/{action}", post(workers::act))
        .route("/enqueue", get(enqueue::show).post(enqueue::send))
        .route("/audit", get(audit::show))
        .route("/live", get(live::stream))
        .route("/assets/{name}", get(assets::serve))
        .fallback(missing)
}

async fn missing() -> Failure {
    Failure::new(StatusCode::NOT_FOUND, "Not found", "there is no such page")
}

/// An action that no page offers.
fn unknown(action: &str) -> Failure {
    Failure::new(
        StatusCode::NOT_FOUND,
        "Not found",
        format!("there is no action `{action}` here"),
    )
}

/// Only for those who may change things.
fn full(view: &View) -> Result<(), Failure> {
    if view.full {
        return Ok(());
    }
    Err(Failure::new(
        StatusCode::FORBIDDEN,
        "It was refused",
        "you may look and change nothing",
    ))
}
