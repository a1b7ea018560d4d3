//! The jobs of these tests.

use std::sync::{
    Mutex,
    atomic::{AtomicU32, Ordering},
};

use jobs::{JobContext, job};

/// Mail that is sent somewhere.
pub trait Mail: Send + Sync {
    fn send(&self, to: i64) -> Result<(), MailError>;
}

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("the server is busy")]
    Busy,
    #[error("there is no such address")]
    Bounced,
}

/// Fails so many times.
#[derive(Default)]
pub struct FakeMail {
    pub failing: AtomicU32,
    pub sent: Mutex<Vec<i64>>,
}

impl FakeMail {
    pub fn failing(times: u32) -> Self {
        Self {
            failing: AtomicU32::new(times),
            sent: Mutex::default(),
        }
    }
}

impl Mail for FakeMail {
    fn send(&self, to: i64) -> Result<(), MailError> {
        let failing = self.failing.load(Ordering::Relaxed);
        if failing > 0 {
            self.failing.store(failing - 1, Ordering::Relaxed);
            return Err(MailError::Busy);
        }
        self.sent.lock().expect("the list").push(to);
        Ok(())
    }
}

#[job(
    queue = "critical",
    discard_on(MailError::Bounced),
    retry_on(MailError, backoff = "exponential", attempts = 5)
)]
pub async fn send_welcome_email(user_id: i64, #[state] mail: &dyn Mail) -> Result<(), MailError> {
    mail.send(user_id)
}

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Format {
    Csv,
    Pdf { pages: u32 },
}

#[job]
pub async fn export_report(
    name: String,
    rows: u32,
    format: Option<Format>,
    #[arg(default, rename = "dryRun")] dry_run: bool,
) {
    let _ = (name, rows, format, dry_run);
}

/// Notes which days there were.
#[derive(Default)]
pub struct Notes(pub Mutex<Vec<String>>);

impl Notes {
    pub fn add(&self, note: impl Into<String>) {
        self.0.lock().expect("the notes").push(note.into());
    }
    pub fn all(&self) -> Vec<String> {
        self.0.lock().expect("the notes").clone()
    }
}

#[job]
pub async fn note(text: String, #[state] notes: &Notes) {
    notes.add(text);
}

#[job(queue = "low", redact(card))]
pub async fn charge(card: String, cents: u32) {
    let _ = (card, cents);
}

/// Enqueues two more.
#[job]
pub async fn fan_out(#[state] notes: &Notes) -> Result<(), jobs::Error> {
    Note::perform_later("first").await?;
    Note::perform_later("second").await?;
    notes.add("fan out");
    Ok(())
}

#[job(retry = 0)]
pub async fn explode() {
    panic!("boom");
}

#[job]
pub async fn for_ever() -> Result<(), jobs::Error> {
    ForEver::perform_later().await.map(drop)
}

#[job(every = "5m", catch_up = "one")]
pub async fn tick(#[ctx] ctx: &JobContext, #[state] notes: &Notes) {
    notes.add(ctx.scheduled_at().format("%H:%M").to_string());
}

#[job(unique(by = [user_id]))]
pub async fn sync_user(user_id: i64, #[arg(default)] full: bool) {
    let _ = (user_id, full);
}

#[job(rate_limit(count = 1, per = "1m"))]
pub async fn rarely(number: u32, #[state] notes: &Notes) {
    notes.add(number.to_string());
}

#[job(expires_in = "1h")]
pub async fn soon_or_never() {}

#[job(retain = false)]
pub async fn leaves_no_trace() {}

#[job]
pub async fn meet(#[state] both: &tokio::sync::Barrier) {
    both.wait().await;
}

#[job]
pub async fn until_cancelled(#[state] started: &tokio::sync::Notify, #[ctx] ctx: &JobContext) {
    started.notify_one();
    ctx.cancelled().await;
}
