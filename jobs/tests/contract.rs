//! The forms that users write, as the contract gives them: each must compile, and the short ones must run.
#![cfg(all(feature = "sqlite", feature = "postgres"))]
#![allow(
    dead_code,
    unused_variables,
    missing_docs,
    unreachable_pub,
    clippy::print_stdout
)]

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use jobs::{
    BoxError, DeadLetter, EnqueueInfo, Halt, JobContext, JobError, JobHandle, JobId, Jobs, Next,
    NextEnqueue, NowError, Outcome, job,
    sqlx::{Postgres, Sqlite},
};

jobs::queues! {
    critical(weight = 4),
    high(weight = 3),
    default(weight = 2),
    low(weight = 1),
    /// Kept under its old name.
    mailers(weight = 1, priority = 5) as "low-priority",
    night(paused),
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
#[error("timeout")]
pub struct TimeoutError;

pub trait Mail: Send + Sync {
    fn send(&self, to: i64) -> Result<(), ApiError>;
}

pub struct Smtp;
impl Mail for Smtp {
    fn send(&self, _: i64) -> Result<(), ApiError> {
        Ok(())
    }
}

/// Sends the welcome mail to a new user.
#[job(
    queue = "critical",
    retry_on(ApiError::RateLimited { retry_after }, wait = retry_after, attempts = 3),
    discard_on(ApiError::Client(_)),
    retry_on(ApiError, backoff = "exponential", attempts = 5),
)]
async fn send_welcome_email(user_id: i64, #[state] mail: &dyn Mail) -> Result<(), ApiError> {
    mail.send(user_id)
}

fn in_production() -> bool {
    true
}

/// Runs by itself.
#[cfg(feature = "cron")]
#[job(
    cron = "0 2 * * *",
    cron = "0 14 * * SUN",
    timezone = "Europe/Berlin",
    description = "Tidies up",
    catch_up = "one",
    enabled = in_production,
    args = { who = "ann", days = 3 + 4 },
)]
async fn cleanup_tokens(who: String, days: u32, #[arg(default)] dry: bool) {}

#[cfg(feature = "cron")]
#[job(every = "5m", catch_up = all)]
async fn poll_prices() {}

/// What an operator does with tasks and queues.
#[cfg(feature = "cron")]
async fn control(jobs: Jobs, zone: String) -> jobs::Result<()> {
    let job = CleanupTokens {
        who: "ann".into(),
        days: 1,
        dry: false,
    };
    let task = jobs
        .recurring()
        .upsert("name", "0 9 * * 1", job)
        .timezone(zone)
        .catch_up(jobs::CatchUp::One)
        .await?;
    for task in jobs.recurring().list().await? {
        println!("{} {:?} {:?}", task.name, task.last_tick, task.next_tick);
    }
    if let Some(task) = jobs.recurring().get("name").await? {
        task.pause().await?;
        task.resume().await?;
        task.run_now().await?;
        task.remove().await?;
    }
    let low = jobs.queue(queues::low);
    low.pause().await?;
    low.resume().await?;
    let (ready, age): (u64, Duration) = (low.len().await?, low.latency().await?);
    low.clear().await?;
    let next = jobs::Schedule::cron("0 9 * * 1", "Europe/Berlin")?
        .next_after(task.next_tick.unwrap_or_default());
    Ok(())
}

async fn reported(ctx: &JobContext, error: &JobError) {}
fn exhausted(_ctx: &JobContext, _error: &JobError) {}

fn from_v1(mut value: serde_json::Value, from: u32) -> Result<serde_json::Value, BoxError> {
    value["total"] = from.into();
    Ok(value)
}

#[jobs::base(
    discard_on(jobs::DeserializationError),
    retry_on(any, backoff = "polynomial", attempts = 5),
    around_perform = [timed]
)]
pub struct ApplicationJob;

async fn timed(ctx: &JobContext, next: Next<'_>) -> Outcome {
    let t = Instant::now();
    let out = next.run().await;
    println!(
        "{} {:?} {:?}",
        ctx.job_name(),
        t.elapsed(),
        out.error().map(|e| e.type_name())
    );
    out
}

async fn before(_: &JobContext) -> Result<(), BoxError> {
    Ok(())
}
async fn halting(job: &mut EnqueueInfo) -> ControlFlow<Halt> {
    if job.tags().iter().any(|tag| tag == "halt") {
        return ControlFlow::Break(Halt::because("asked to"));
    }
    ControlFlow::Continue(())
}
async fn around_enqueue(job: &mut EnqueueInfo, next: NextEnqueue<'_>) -> Result<(), jobs::Error> {
    next.run().await
}
async fn after_enqueue(_: &EnqueueInfo) {}
async fn after(_: &JobContext, _: &Outcome) {}

#[job(
    base = ApplicationJob,
    queues = crate::queues,
    queue = low,
    priority = -5,
    name = "mail.everything",
    aliases("OldName"),
    struct_name = EverythingJob,
    derive(Debug, Clone),
    timeout = "1h30m",
    version = 2,
    upcast = from_v1,
    retain = "7d",
    on_exhausted = [exhausted, reported],
    on_crash = "retry",
    expires_in = "1h",
    redact(card_number),
    tags("mail", "onboarding"),
    before_perform = before,
    after_perform = [after],
    before_enqueue = halting,
    around_enqueue = around_enqueue,
    after_enqueue = after_enqueue,
    after_discard = reported,
    retry_on(ApiError::Client(400..=499) | ApiError::Gone, wait = "3s", id = "client", max_wait = "1d", jitter = 0.15),
    retry_on(ApiError, when = |e: &ApiError| matches!(e, ApiError::Connection(_)), within = "3d", queue = "low", priority = 5),
    retry_on(TimeoutError, backoff = |n, _e: &TimeoutError| Duration::from_secs(n.into()), attempts = unlimited, on_exhausted = exhausted),
    discard_on(jobs::Panicked, jobs::TimedOut, report = reported),
    retry_on(any, when = |e: &(dyn std::error::Error + 'static)| e.to_string().contains("again"), backoff = linear),
    retry = 3,
)]
async fn everything(
    name: String,
    card_number: String,
    #[arg(default)] total: i64,
    #[arg(default = 100)] batch_size: u32,
    #[arg(rename = "userId")] user_id: i64,
    #[state] mail: &dyn Mail,
    #[ctx] ctx: &JobContext,
) -> anyhow::Result<u64> {
    ctx.progress(1, 2, "half");
    let _ = (
        ctx.id(),
        ctx.job_name(),
        ctx.queue(),
        ctx.attempt(),
        ctx.enqueued_at(),
        ctx.scheduled_at(),
    );
    let _ = (
        ctx.tags(),
        ctx.idempotency_key(),
        ctx.fence(),
        ctx.is_cancelled(),
    );
    if user_id < 0 {
        ctx.discard("nobody").await;
    }
    let Some(n) = u64::try_from(total).ok() else {
        ctx.dead("negative").await
    };
    if n == 77 {
        ctx.retry_in(Duration::from_secs(60)).await
    }
    if n == 78 {
        return Err(jobs::RetryIn(Duration::from_secs(1)).into());
    }
    if n == 79 {
        Err(jobs::Discard("why"))?;
        Err(jobs::Dead("why".to_owned()))?;
    }
    Ok(n + u64::from(batch_size))
}

#[job(blocking, retry = false)]
fn crunch(n: u64, #[ctx] ctx: &JobContext) -> u64 {
    n * 2
}

#[job(retry = 0, dead = false)]
async fn nothing() {}

#[job(retain = false)]
async fn fleeting(text: Option<String>) -> Result<(), String> {
    Ok(())
}

static SENT: AtomicU32 = AtomicU32::new(0);

async fn handle() -> Jobs {
    Jobs::builder("sqlite::memory:")
        .state_dyn::<dyn Mail>(Arc::new(Smtp))
        .around_perform(async |c: &JobContext, n: Next<'_>| n.run().await)
        .before_perform(before)
        .on_dead(|letter: DeadLetter| async move {
            let _ = (
                &letter.name,
                &letter.args,
                letter.error.message(),
                letter.died_at,
                letter.resolved_at,
            );
        })
        .connect()
        .await
        .expect("memory connects")
}

#[tokio::test]
async fn enqueue_forms() -> anyhow::Result<()> {
    let jobs = handle().await;
    let tomorrow_noon = chrono::Local::now() + chrono::TimeDelta::days(1);
    jobs::with(&jobs, async {
        let handle: JobHandle<()> = SendWelcomeEmail::perform_later(42).await?;
        SendWelcomeEmail::perform_later(42)
            .wait(Duration::from_secs(3600))
            .await?;
        SendWelcomeEmail::perform_later(42)
            .wait_until(tomorrow_noon)
            .await?;
        SendWelcomeEmail::perform_later(42)
            .queue(queues::low)
            .priority(-5)
            .tag("bulk")
            .id(JobId::new())
            .await?;
        SendWelcomeEmail::perform_later(42).on(&jobs).await?;
        jobs.enqueue(SendWelcomeEmail { user_id: 42 })
            .wait(Duration::from_secs(1))
            .await?;
        let users = [1_i64, 2, 3];
        let bulk = jobs::perform_all_later(users.iter().map(|u| SendWelcomeEmail { user_id: *u }))
            .queue(queues::low)
            .await?;
        assert_eq!((bulk.len(), bulk.halted()), (3, 0));
        let stream = futures_util::stream::iter([SendWelcomeEmail { user_id: 9 }]);
        jobs::perform_all_later(stream).await?;
        EverythingJob::perform_later("ann", "4111", 1, 2, 3).await?;
        let halted = EverythingJob::perform_later("ann", "4111", 1, 2, 3)
            .tag("halt")
            .await;
        assert!(matches!(halted, Err(jobs::Error::Halted { by, .. }) if by == "halting"));
        Fleeting::perform_later(Some("x".to_owned())).await?;
        let record = jobs.get(handle.id()).await?.expect("it is there");
        assert_eq!(
            (record.name.as_str(), record.queue.as_str()),
            ("SendWelcomeEmail", "critical")
        );
        assert_eq!(handle.state().await?, jobs::State::Ready);
        assert!(handle.cancel().await?);
        assert_eq!(
            jobs.handle::<SendWelcomeEmail>(handle.id()).state().await?,
            jobs::State::Cancelled
        );
        let mut tx = jobs.begin::<Sqlite>().await?;
        let in_tx = SendWelcomeEmail::perform_later(42)
            .in_transaction(&mut tx)
            .await?;
        tx.commit().await?;
        assert!(jobs.get(in_tx.id()).await?.is_some());
        let statement = SendWelcomeEmail::perform_later(42).to_sql()?;
        assert!(statement.sql.contains("INSERT"));
        anyhow::Ok(())
    })
    .await?;
    assert!(matches!(
        SendWelcomeEmail::perform_later(42).await,
        Err(jobs::Error::NotInstalled)
    ));
    Ok(())
}

/// Never called: these forms need a server, or would run for ever.
async fn forms_that_only_compile(jobs: Jobs, pool: sqlx::PgPool) -> anyhow::Result<()> {
    let mut tx = pool.begin().await?;
    SendWelcomeEmail::perform_later(42)
        .in_transaction(&mut tx)
        .await?;
    tx.commit().await?;
    let mut connection = pool.acquire().await?;
    SendWelcomeEmail::perform_later(42)
        .in_transaction(&mut connection)
        .await?;
    SendWelcomeEmail::perform_later(42)
        .in_transaction(&mut *connection)
        .await?;
    let mut tx = jobs.begin::<Postgres>().await?;
    SendWelcomeEmail::perform_later(42)
        .in_transaction(&mut tx)
        .await?;
    tx.commit().await?;
    let other = Jobs::with_pool(pool).await?;
    other.install()?;
    jobs.worker()
        .queues([queues::critical, queues::high])
        .weighted()
        .concurrency(10)
        .pool("mailers", [queues::low], 2)
        .state(Smtp)
        .shutdown_timeout(Duration::from_secs(25))
        .lease(Duration::from_secs(30))
        .max_crashes(3)
        .run()
        .await?;
    jobs.worker().run_until(async {}).await?;
    let worker = jobs.worker().start().await?;
    worker.quiet();
    worker.stop().await?;
    let dead = jobs
        .dead_letters()
        .of::<SendWelcomeEmail>()
        .queue(queues::low)
        .error("timed out")
        .since(chrono::Utc::now())
        .page(2);
    for letter in dead.unresolved().list().await? {
        letter.retry().await?;
        letter.discard().await?;
    }
    let _: u64 = jobs.dead_letters().unresolved().retry_all().await?;
    Ok(())
}

#[tokio::test]
async fn run_forms() -> anyhow::Result<()> {
    let jobs = handle().await;
    let out: Result<(), NowError<ApiError>> = SendWelcomeEmail::perform_now(42).on(&jobs).await;
    out?;
    let worker = jobs.worker().concurrency(2).start().await?;
    let doubled = jobs.enqueue(Crunch { n: 21 }).await?;
    assert_eq!(doubled.result_within(Duration::from_secs(20)).await?, 42);
    let everything = EverythingJob {
        name: "ann".into(),
        card_number: "4".into(),
        total: 1,
        batch_size: 2,
        user_id: 3,
    };
    assert_eq!(jobs.enqueue(everything.clone()).await?.result().await?, 3);
    let discarded = jobs
        .enqueue(EverythingJob {
            user_id: -1,
            ..everything.clone()
        })
        .await?;
    assert!(
        matches!(discarded.result().await, Err(jobs::Error::JobDiscarded { reason: Some(why), .. }) if why == "nobody")
    );
    let dead = jobs
        .enqueue(EverythingJob {
            total: -1,
            ..everything
        })
        .await?;
    assert!(matches!(
        dead.result().await,
        Err(jobs::Error::JobDead { .. })
    ));
    jobs.enqueue(Nothing).await?.result().await?;
    // A plain call still works.
    nothing().await;
    assert_eq!(queues::ALL.len(), 6);
    assert_eq!(queues::mailers.name(), "low-priority");
    worker.stop().await?;
    let _ = SENT.load(Ordering::Relaxed);
    Ok(())
}
