//! The jobs that the guide's files name. Who imports them declares the queues.

use std::sync::atomic::{AtomicU32, Ordering};

use jobs::job;

/// Removes records that nobody needs.
#[job]
pub async fn cleanup_old_records() {}

/// Sends the digest of a day.
#[job]
pub async fn send_daily_digest() {}

/// Removes expired access tokens.
#[job]
pub async fn cleanup_expired_tokens() {}

/// Sends the digest of a week.
#[job]
pub async fn send_weekly_digest() {}

/// Writes the report of a day.
#[job]
pub async fn generate_analytics_report() {}

/// Removes sessions that have not been used for so long.
#[job(queue = "low")]
pub async fn cleanup_old_sessions(older_than_days: u32) -> String {
    format!("sessions older than {older_than_days} days are gone")
}

/// How often a heart has beaten.
#[derive(Debug, Default)]
pub struct Beats(pub AtomicU32);

/// Tells that ticks come.
#[job]
pub async fn heartbeat(from: String, #[state] beats: &Beats) {
    let beat = beats.0.fetch_add(1, Ordering::Relaxed) + 1;
    eprintln!("beat {beat} from {from}");
}

/// Says in which queue it ran.
#[job]
pub async fn whereabouts(#[ctx] ctx: &jobs::JobContext) -> String {
    ctx.queue().to_owned()
}
