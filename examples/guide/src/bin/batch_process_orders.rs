//! A long list is read page by page, and each of its entries becomes a job.
//!
//! In the guide, a job that dies in the middle begins again with the first page and enqueues orders twice. Here the cursor
//! moves in the transaction that enqueues a page.
//!
//! `cargo run -p guide --bin batch_process_orders` works in `out/batch_process_orders`; `GUIDE_OUT` names another folder.
//! Killed there and started again, it goes on.

#![allow(clippy::print_stdout, reason = "it reports")]

#[path = "../folder.rs"]
mod folder;

use std::time::Duration;

use anyhow::{Context as _, ensure};
use jobs::{
    JobContext, Jobs, job,
    sqlx::{self, Sqlite, SqlitePool, Transaction},
};
use tokio::time::timeout;

jobs::queues! {
    high(weight = 3),
    default(weight = 2),
}

const ORDERS: i64 = 300;
const LIMIT: Duration = Duration::from_secs(30);

/// Enqueues a job for each pending order.
#[job]
async fn batch_process_orders(
    #[arg(default = 20)] batch_size: i64,
    #[ctx] ctx: &JobContext,
    #[state] db: &SqlitePool,
) -> Result<(), sqlx::Error> {
    let mut cursor = ctx.cursor::<i64>("orders").await;
    loop {
        let page: Vec<i64> = sqlx::query_scalar(
            "SELECT id FROM orders WHERE status = 'pending' AND id > ?1 ORDER BY id LIMIT ?2",
        )
        .bind(cursor.get().unwrap_or(0))
        .bind(batch_size)
        .fetch_all(db)
        .await?;
        let Some(last) = page.last().copied() else {
            return Ok(());
        };
        let jobs = page.into_iter().map(|order_id| ProcessOrder { order_id });
        cursor.advance_with(last, jobs).await;
    }
}

/// What it writes and its end are one, so `runs` is how often the order was enqueued, whatever was killed.
#[job(queue = "high")]
async fn process_order(
    order_id: i64,
    #[tx] tx: &mut Transaction<'_, Sqlite>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE orders SET status = 'done', runs = runs + 1 WHERE id = ?1")
        .bind(order_id)
        .execute(&mut **tx)
        .await
        .map(drop)
}

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS orders
        (id INTEGER PRIMARY KEY, status TEXT NOT NULL DEFAULT 'pending', runs INTEGER NOT NULL DEFAULT 0);
";

/// The orders and the job that is to find them are there together; nothing happens if they are already.
async fn prepare(jobs: &Jobs) -> anyhow::Result<()> {
    let mut tx = jobs.begin::<Sqlite>().await?;
    sqlx::raw_sql(TABLES).execute(&mut **tx).await?;
    let there: i64 = sqlx::query_scalar("SELECT count(*) FROM orders")
        .fetch_one(&mut **tx)
        .await?;
    if there == 0 {
        for id in 1..=ORDERS {
            sqlx::query("INSERT INTO orders (id) VALUES (?1)")
                .bind(id)
                .execute(&mut **tx)
                .await?;
        }
        BatchProcessOrders::perform_later(20)
            .in_transaction(&mut tx)
            .await?;
    }
    Ok(tx.commit().await?)
}

async fn pending(db: &SqlitePool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM orders WHERE runs = 0")
        .fetch_one(db)
        .await
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = format!(
        "sqlite://{}",
        folder::folder("batch_process_orders")?
            .join("jobs.db")
            .display()
    );
    let jobs = Jobs::connect(&url).await?;
    jobs.install()?;
    prepare(&jobs).await?;

    let db = SqlitePool::connect(&url).await?;
    // Its tests kill it more often than a job may die by default.
    let worker = jobs.worker().concurrency(2).max_crashes(100);
    let worker = worker.state(db.clone()).start().await?;
    let all = async {
        while pending(&db).await? > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::Ok(())
    };
    timeout(LIMIT, all).await.context("orders are left")??;
    worker.stop().await?;

    let wrong: Vec<(i64, i64)> = sqlx::query_as("SELECT id, runs FROM orders WHERE runs <> 1")
        .fetch_all(&db)
        .await?;
    ensure!(wrong.is_empty(), "not processed once: {wrong:?}");
    println!("{ORDERS} orders, each processed once");
    Ok(())
}
