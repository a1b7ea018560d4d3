//! Three metrics are computed at the same time, and a report is made of all of them: the guide's job as it stands there,
//! with `run_all` where the guide waits.
//!
//! A flow that waits holds no worker's slot, so one slot is enough.
//!
//! `cargo run -p guide --bin aggregate_metrics_flow` works in `out/aggregate_metrics_flow`; `GUIDE_OUT` names another
//! folder. Killed there and started again, it goes on.

#![allow(clippy::print_stdout, reason = "it reports")]

#[path = "../folder.rs"]
mod folder;

use std::time::Duration;

use anyhow::ensure;
use jobs::{
    BoxError, Flow, JobHandle, Jobs, job,
    sqlx::{self, Sqlite, Transaction},
};

jobs::queues! { default }

const LIMIT: Duration = Duration::from_secs(30);

#[job]
async fn user_metrics(date: String) -> u32 {
    u32::try_from(date.len()).unwrap_or(0)
}

#[job]
async fn revenue_metrics(date: String) -> i64 {
    date.len() as i64 * 100
}

#[job]
async fn engagement_metrics(date: String) -> f64 {
    date.len() as f64 / 4.0
}

/// What it writes and its end are one, so `finalized` counts its runs whatever was killed.
#[job]
async fn finalize_metrics_report(
    date: String,
    text: String,
    #[tx] tx: &mut Transaction<'_, Sqlite>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE reports SET text = ?2, finalized = finalized + 1 WHERE date = ?1")
        .bind(date)
        .bind(text)
        .execute(&mut **tx)
        .await
        .map(drop)
}

#[job]
async fn aggregate_metrics(date: String, #[flow] flow: &mut Flow) -> Result<(), BoxError> {
    let parts = (
        UserMetrics { date: date.clone() },
        RevenueMetrics { date: date.clone() },
        EngagementMetrics { date: date.clone() },
    );
    let (users, cents, engaged) = flow.run_all("metrics", parts).await?;
    let text = format!("{date}: {users} users, {cents} cents, {engaged} engaged");
    flow.run_all("report", (FinalizeMetricsReport { date, text },))
        .await?;
    Ok(())
}

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS reports
        (date TEXT PRIMARY KEY, job TEXT NOT NULL, text TEXT, finalized INTEGER NOT NULL DEFAULT 0);
";

/// The report and its job are there together; one that is there already is taken.
async fn order(jobs: &Jobs, date: &str) -> anyhow::Result<JobHandle<()>> {
    let mut tx = jobs.begin::<Sqlite>().await?;
    sqlx::raw_sql(TABLES).execute(&mut **tx).await?;
    let known: Option<String> = sqlx::query_scalar("SELECT job FROM reports WHERE date = ?1")
        .bind(date)
        .fetch_optional(&mut **tx)
        .await?;
    let handle = match known {
        Some(id) => jobs.handle::<AggregateMetrics>(id.parse()?),
        None => {
            let handle = AggregateMetrics::perform_later(date)
                .in_transaction(&mut tx)
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
    let file = folder::folder("aggregate_metrics_flow")?.join("jobs.db");
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
    report.result_within(LIMIT).await?;
    worker.stop().await?;

    let mut tx = jobs.begin::<Sqlite>().await?;
    let (text, finalized): (Option<String>, i64) =
        sqlx::query_as("SELECT text, finalized FROM reports WHERE date = ?1")
            .bind(date)
            .fetch_one(&mut **tx)
            .await?;
    tx.rollback().await?;
    let text = text.unwrap_or_default();
    ensure!(
        text == "2026-02-03: 10 users, 1000 cents, 2.5 engaged",
        "{text}"
    );
    ensure!(finalized == 1, "finalized {finalized} times");
    println!("{text}");
    Ok(())
}
