//! A POST with a signature, by which the receiver knows that it comes from here and is not an old one.

use anyhow::{Context as _, ensure};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jobs::{DeadLetter, job};
use sha2::Sha256;

/// Header of the signature: `t=<seconds since the epoch>,v1=<hex of HMAC-SHA256 over "t.body">`.
pub const SIGNATURE: &str = "jobs-signature";

/// Where to, and the secret that both sides know.
pub struct Receiver {
    /// Whom to tell.
    pub url: String,
    /// For the signature.
    pub secret: Vec<u8>,
    /// Its connections are used again.
    pub client: reqwest::Client,
}

/// Posts a body until it is taken: eight times over some twenty minutes. The id of the job is that of the event on
/// every try, so that a receiver can tell a repetition.
#[job(
    queue = "notify",
    timeout = "30s",
    retry_on(any, attempts = 8, backoff = "exponential", wait = "5s"),
    dead = false
)]
pub async fn post_webhook(
    body: String,
    #[state] receiver: &Receiver,
    #[ctx] ctx: &jobs::JobContext,
) -> anyhow::Result<()> {
    let signature = sign(&receiver.secret, chrono::Utc::now().timestamp(), &body);
    let answer = receiver
        .client
        .post(&receiver.url)
        .header("content-type", "application/json")
        .header("idempotency-key", ctx.idempotency_key())
        .header(SIGNATURE, signature)
        .body(body)
        .send()
        .await
        .context("the receiver cannot be reached")?;
    ensure!(
        answer.status().is_success(),
        "the receiver says {}",
        answer.status()
    );
    Ok(())
}

/// For [`JobsBuilder::on_dead`](jobs::JobsBuilder::on_dead). It tells no arguments: they stay where they can be redacted.
pub async fn tell(letter: DeadLetter) {
    let body = serde_json::json!({
        "event": "job.dead",
        "id": letter.id,
        "job": letter.name,
        "queue": letter.queue,
        "died_at": letter.died_at,
        "error": { "type": letter.error.type_name(), "message": letter.error.message() },
    });
    if let Err(error) = PostWebhook::perform_later(body.to_string()).await {
        tracing::error!(%error, "nobody could be told of a dead letter");
    }
}

fn mac(secret: &[u8], time: i64, body: &str) -> Hmac<Sha256> {
    // A key of any length will do.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap_or_else(|_| unreachable!());
    mac.update(format!("{time}.").as_bytes());
    mac.update(body.as_bytes());
    mac
}

/// The header for a body that is sent at this time.
#[must_use]
pub fn sign(secret: &[u8], time: i64, body: &str) -> String {
    let digest = mac(secret, time, body).finalize().into_bytes();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={time},v1={hex}")
}

/// What a receiver does: whether the header is that of the body, and no older than five minutes.
#[must_use]
pub fn verify(secret: &[u8], now: i64, header: &str, body: &str) -> bool {
    let parts = header
        .strip_prefix("t=")
        .and_then(|rest| rest.split_once(",v1="));
    let Some((Ok(time), hex)) = parts.map(|(time, hex)| (time.parse::<i64>(), hex)) else {
        return false;
    };
    let digit = |at: usize| {
        hex.get(at..at + 2)
            .and_then(|two| u8::from_str_radix(two, 16).ok())
    };
    let Some(given) = (0..hex.len())
        .step_by(2)
        .map(digit)
        .collect::<Option<Vec<u8>>>()
    else {
        return false;
    };
    now.abs_diff(time) <= 300 && mac(secret, time, body).verify_slice(&given).is_ok()
}
