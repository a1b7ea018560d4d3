//! The forms of the contract, sections 1 to 6.
#![deny(warnings)]
use std::{ops::ControlFlow, time::Duration};

use jobs::{BoxError, EnqueueInfo, Halt, JobContext, JobError, NextEnqueue, Outcome, job};

jobs::queues! {
    /// Mail.
    critical(weight = 4),
    default(weight = 2),
    mailers(weight = 1, priority = -5, paused) as "low-priority",
    r#type,
}

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("connection failed: {0}")]
    Connection(#[from] std::io::Error),
    #[error("rate limited")]
    RateLimited { retry_after: Duration },
    #[error("client error {0}")]
    Client(u16),
    #[error("gone")]
    Gone,
}

#[derive(Debug, thiserror::Error)]
#[error("too slow")]
pub struct TooSlow;

pub trait Mail: Send + Sync {
    fn send(&self);
}

/// Sends the welcome mail to a new user.
#[job(
    queue = "critical",
    retry_on(ApiError::RateLimited { retry_after }, wait = retry_after, attempts = 3),
    discard_on(ApiError::Client(_)),
    retry_on(ApiError, backoff = "exponential", attempts = 5),
)]
async fn send_welcome_email(user_id: i64, #[state] mail: &dyn Mail) -> Result<(), ApiError> {
    let _ = user_id;
    mail.send();
    Ok(())
}

#[jobs::base(
    discard_on(jobs::DeserializationError),
    retry_on(any, backoff = "polynomial", attempts = 5),
    around_perform = [timed],
    retry = false,
    on_crash = dead,
    tags("app")
)]
pub struct ApplicationJob;

#[jobs::base(base = ApplicationJob, queue = mailers, before_perform = checked, after_perform = noted)]
struct MailJob;

async fn timed(ctx: &JobContext, next: jobs::Next<'_>) -> Outcome {
    let _ = ctx.job_name();
    next.run().await
}
fn checked(_ctx: &JobContext) -> Result<(), std::io::Error> {
    Ok(())
}
fn noted(_ctx: &JobContext, _outcome: &Outcome) {}
async fn gone(_ctx: &JobContext, _error: &JobError) {}
fn reported(_ctx: &JobContext, _error: &JobError) {}
async fn weekdays(_job: &mut EnqueueInfo) -> ControlFlow<Halt> {
    ControlFlow::Continue(())
}
async fn around(_job: &mut EnqueueInfo, next: NextEnqueue<'_>) -> Result<(), jobs::Error> {
    next.run().await
}
fn enqueued(_job: &EnqueueInfo) {}
fn upcast(value: serde_json::Value, _from: u32) -> Result<serde_json::Value, BoxError> {
    Ok(value)
}
fn curve(n: u32, _error: &TooSlow) -> Duration {
    Duration::from_secs(n.into())
}

const PRIORITY: i16 = 7;

#[job(
    queue = crate::queues::r#type,
    priority = PRIORITY,
    name = "everything",
    aliases("Everything", "all.of.it"),
    struct_name = TheLot,
    derive(Debug, Clone),
    base = MailJob,
    retry_on(ApiError::Client(400..=499) | ApiError::Gone, wait = "250ms", backoff = linear, within = "3d"),
    retry_on(ApiError, when = |e: &ApiError| matches!(e, ApiError::Connection(_)), attempts = unlimited,
        backoff = exponential, factor = 1.5, max_wait = "1d", jitter = 0, queue = "critical", priority = 5,
        on_exhausted = [gone, reported], id = "api"),
    retry_on(TooSlow, std::io::Error, wait = "1h30m"),
    discard_on(any, when = |e: &(dyn std::error::Error + 'static)| e.is::<std::fmt::Error>(), report = gone),
    retry_on(any, backoff = |n, _e| Duration::from_secs(n.into())),
    retry = 3,
    dead = false,
    timeout = "30s",
    version = 2,
    upcast = upcast,
    retain = "7d",
    on_exhausted = gone,
    on_crash = "retry",
    expires_in = "1h",
    redact(card),
    tags("mail", "onboarding"),
    around_perform = timed,
    before_enqueue = weekdays,
    around_enqueue = [around],
    after_enqueue = enqueued,
    after_discard = [gone, reported],
)]
pub async fn everything(
    #[allow(unused_mut)] mut card: String,
    #[arg(default)] count: u32,
    #[arg(default = "EUR", rename = "currencyCode")] currency: String,
    #[arg(default = 3 + 4)] seven: u8,
    note: Option<String>,
    #[ctx] ctx: &JobContext,
    #[state] numbers: &Vec<u8>,
) -> anyhow::Result<Vec<u32>> {
    let _ = (&mut card, currency, seven, note, ctx.attempt(), numbers);
    Ok(vec![count])
}

#[job(blocking, retry_on(TooSlow, backoff = curve))]
fn crunch(n: u64, #[ctx] ctx: &JobContext) -> u64 {
    n + u64::from(ctx.attempt())
}

#[job(blocking, queues = crate::queues, queue = critical)]
fn check(path: std::string::String) -> Result<(), String> {
    Err(path)
}

#[job]
async fn nothing() {}

#[job(retry_on(TooSlow, wait = |n, _| Duration::from_secs(n.into())))]
async fn r#type(#[arg(rename = "type")] r#type: u8) -> std::io::Result<()> {
    let _ = r#type;
    Ok(())
}

fn main() {
    let _ = SendWelcomeEmail::perform_later(42);
    let _ = SendWelcomeEmail { user_id: 42 };
    let lot = TheLot {
        card: String::new(),
        count: 1,
        currency: String::new(),
        seven: 1,
        note: None,
    };
    let _ = format!("{:?}", lot.clone());
    let _ = TheLot::perform_now("card", 1, "EUR", 7, Some("note".to_owned()));
    let _ = (Crunch::perform_later(1), Nothing::perform_later(), Nothing, Type { r#type: 1 });
    let _ = Check::perform_later("path");
    assert_eq!(<TheLot as jobs::Job>::NAME, "everything");
    assert_eq!(<Type as jobs::Job>::NAME, "Type");
    assert_eq!(queues::ALL.len(), 4);
    assert_eq!(queues::mailers.name(), "low-priority");
    assert_eq!(queues::r#type.name(), "type");
    drop(send_welcome_email(1, &Silent));
}

struct Silent;
impl Mail for Silent {
    fn send(&self) {}
}
