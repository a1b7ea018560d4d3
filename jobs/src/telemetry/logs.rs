//! Keeps the `tracing` events of each attempt of a job that has `logs = "64KiB"`.
//!
//! ```
//! use tracing_subscriber::prelude::*;
//!
//! tracing_subscriber::registry()
//!     .with(jobs::logs::layer()) // with a filter of its own: `.with_filter(LevelFilter::INFO)`
//!     .init();
//! ```
//!
//! Kept is what a job's own task and threads log, and tasks that [`jobs::spawn`](crate::spawn) begins; a bare
//! `tokio::spawn` is not followed. What is logged stands in [`Attempt::logs`](crate::Attempt::logs), in the dashboard
//! and in `jobs show`, and goes with the record. Redacted arguments are left out of it.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicBool, Ordering},
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

use crate::handle::kept_logs;

static INSTALLED: AtomicBool = AtomicBool::new(false);

/// A layer for `tracing_subscriber::registry()`; see the [module](self).
#[must_use]
pub fn layer() -> LogsLayer {
    LogsLayer(())
}

/// What [`layer`] gives.
#[derive(Debug)]
pub struct LogsLayer(());

pub(super) fn is_installed() -> bool {
    INSTALLED.load(Ordering::Relaxed)
}

impl<S: Subscriber> Layer<S> for LogsLayer {
    fn on_layer(&mut self, _: &mut S) {
        INSTALLED.store(true, Ordering::Relaxed);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let Some(kept) = kept_logs() else { return };
        let metadata = event.metadata();
        let mut line = chrono::Utc::now()
            .format("%Y-%m-%dT%H:%M:%S%.3fZ")
            .to_string();
        let _ = write!(line, " {:>5} {}:", metadata.level(), metadata.target());
        event.record(&mut Line(&mut line));
        kept.push(&line);
    }
}

/// Message first, as it is; then `field=value`.
struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = match field.name() {
            "message" => write!(self.0, " {value}"),
            name => write!(self.0, " {name}={value}"),
        };
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
