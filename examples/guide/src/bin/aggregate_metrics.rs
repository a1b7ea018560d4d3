//! Three metrics are computed at the same time, and a report is made of all of them: a chain over `jobs::all`.
//!
//! The guide waits for the three inside a job, which holds a worker's slot meanwhile: with one slot it would wait for
//! ever. Here nothing waits, so one slot is enough.
//!
//! `cargo run -p guide --bin aggregate_metrics` works in `out/aggregate_metrics`; `GUIDE_OUT` names another folder.

#![allow(clippy::print_stdout, reason = "it reports")]

use std::{env, fs, path::PathBuf};

use anyhow::ensure;
use jobs::{Jobs, job};
use serde::{Deserialize, Serialize};

jobs::queues! { default }

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

/// Runs when all three have succeeded, with their outputs.
#[job]
async fn finalize_report(#[input] parts: (Users, Money, f64), date: String) -> String {
    let (users, money, engaged) = parts;
    format!(
        "{date}: {} users, {} cents, {engaged} engaged",
        users.signed_up, money.cents
    )
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let out = env::var_os("GUIDE_OUT").map_or("out/aggregate_metrics".into(), PathBuf::from);
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out)?;
    let jobs = Jobs::connect(&format!("sqlite://{}", out.join("jobs.db").display())).await?;
    jobs.install()?;

    let date = "2026-02-03".to_owned();
    let report = jobs::chain(jobs::all((
        UserMetrics { date: date.clone() },
        Revenue { date: date.clone() },
        Engagement { date: date.clone() },
    )))
    .then(FinalizeReport::after(date))
    .enqueue()
    .await?;

    let worker = jobs.worker().concurrency(1).start().await?;
    let text = report.result().await?;
    worker.stop().await?;

    ensure!(
        text == "2026-02-03: 10 users, 1000 cents, 2.5 engaged",
        "{text}"
    );
    println!("{text}");
    Ok(())
}
