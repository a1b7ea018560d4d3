//! Three metrics are computed at the same time, and a report is made of all of them: a chain over `jobs::all`.
//!
//! The guide waits for the three inside a job, which holds a worker's slot meanwhile: with one slot it would wait for
//! ever. Here nothing waits, so one slot is enough.
//!
//! `cargo run -p guide --bin aggregate_metrics` works in `out/aggregate_metrics`; `GUIDE_OUT` names another folder. Killed
//! there and started again, it goes on.

#![allow(clippy::print_stdout, reason = "it reports")]

#[path = "../folder.rs"]
mod folder;

use std::time::Duration;

use anyhow::ensure;
use jobs::{
    JobHandle, Jobs, job,
    sqlx::{self, Sqlite, Transaction},
};
use serde::{Deserialize, Serialize};

jobs::queues! { default }

const LIMIT: Duration = Duration::from_secs(30);

#[derive(Debug, Serialize, Deserialize)]
struct Users {
    signed_up: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct Money {
    cents: i64,
}

#[derive(Debug, thiserror::Error)]
#[error("the warehouse is busy")]
struct Busy;

#[job]
async fn user_metrics(date: String) -> Users {
    Users {
        signed_up: u32::try_from(date.len()).unwrap_or(0),
    }
}

/// Fails at first: the report waits for its retry.
#[job(retry_on(Busy, wait = "10ms", attempts = 3))]
async fn revenue(date: String, #[ctx] ctx: &jobs::JobContext) -> Result<Money, Busy> {
    if ctx.attempt() == 1 {
        return Err(Busy);
    }
    Ok(Money {
        cents: date.len() as i64 * 100,
    })
}

#[job]
async fn engagement(date: String) -> f64 {
    date.len() as f64 / 4.0
}

/// Runs when all three have succeeded, with their outputs. What it writes and its end are one, so `finalized` counts its
/// runs whatever was killed.
#[job]
async fn finalize_report(
    #[input] parts: (Users, Money, f64),
    date: String,
    #[tx] tx: &mut Transaction<'_, Sqlite>,
) -> Result<String, sqlx::Error> {
    let (users, money, engaged) = parts;
    sqlx::query("UPDATE reports SET finalized = finalized + 1 WHERE date = ?1")
        .bind(&date)
        .execute(&mut **tx)
        .await?;
    Ok(format!(
        "{date}: {} users, {} cents, {engaged} engaged",
        users.signed_up, money.cents
    ))
}

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS reports
        (date TEXT PRIMARY KEY, job TEXT NOT NULL, finalized INTEGER NOT NULL DEFAULT 0);
";

/// The report and its chain are there together; one that is there already is taken.
async fn order(jobs: &Jobs, date: &str) -> anyhow::Result<JobHandle<String>> {
    let mut tx = jobs.begin::<Sqlite>().await?;
    sqlx::raw_sql(TABLES).execute(&mut **tx).await?;
    let known: Option<String> = sqlx::query_scalar("SELECT job FROM reports WHERE date = ?1")
        .bind(date)
        .fetch_optional(&mut **tx)
        .await?;
    let handle = match known {
        Some(id) => jobs.handle::<FinalizeReport>(id.parse()?),
        None => {
            let of = || date.to_owned();
            let metrics = (
                UserMetrics { date: of() },
                Revenue { date: of() },
                Engagement { date: of() },
            );
            let handle = jobs::chain(jobs::all(metrics))
                .then(FinalizeReport::after(of()))
                .in_transaction(&mut tx)
                .enqueue()
                .await?;
            sqlx::query("INSERT INTO reports (date, job) VALUES (?1, ?2)")
                .bind(date)
                .bind(handle.id().to_string())
                .execute(&mut **tx)
                .await?;
            handle
        }
    };
    tx.commit().await?;
    Ok(handle)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let file = folder::folder("aggregate_metrics")?.join("jobs.db");
    let jobs = Jobs::connect(&format!("sqlite://{}", file.display())).await?;
    jobs.install()?;
    let date = "2026-02-03";
    let report = order(&jobs, date).await?;

    // Its tests kill it more often than a job may die by default.
    let worker = jobs
        .worker()
        .concurrency(1)
        .max_crashes(100)
        .start()
        .await?;
    let text = report.result_within(LIMIT).await?;
    worker.stop().await?;

    ensure!(
        text == "2026-02-03: 10 users, 1000 cents, 2.5 engaged",
        "{text}"
    );
    let mut tx = jobs.begin::<Sqlite>().await?;
    let finalized: i64 = sqlx::query_scalar("SELECT finalized FROM reports WHERE date = ?1")
        .bind(date)
        .fetch_one(&mut **tx)
        .await?;
    tx.rollback().await?;
    ensure!(finalized == 1, "finalized {finalized} times");
    println!("{text}");
    Ok(())
}
