//! A report of the day: two counts at once, and a text made of both.

use jobs::{JobHandle, job, sqlx};

use crate::store::{Store, transaction};

/// Enqueues the chain of a report.
///
/// # Errors
/// The database fails.
pub async fn request(store: &Store, day: &str) -> jobs::Result<JobHandle<()>> {
    let parts = jobs::all((CountUsers, SumOrders));
    jobs::chain(parts)
        .then(WriteReport::after(day))
        .on(store.jobs())
        .enqueue()
        .await
}

/// How many users there are.
#[job(queue = "low", tags("report"))]
pub async fn count_users(#[state] store: &Store) -> anyhow::Result<i64> {
    const COUNT: &str = "SELECT COUNT(*) FROM shop_users";
    let (users,): (i64,) = transaction!(store, |tx| sqlx::query_as(COUNT)
        .fetch_one(&mut **tx)
        .await?);
    Ok(users)
}

/// How many orders are paid, and what they brought, in cents.
#[job(queue = "low", tags("report"))]
pub async fn sum_orders(#[state] store: &Store) -> anyhow::Result<(i64, i64)> {
    const SUM: &str = "SELECT COUNT(*), CAST(COALESCE(SUM(cents), 0) AS BIGINT) FROM shop_orders WHERE receipt IS NOT NULL";
    Ok(transaction!(store, |tx| sqlx::query_as(SUM)
        .fetch_one(&mut **tx)
        .await?))
}

/// Writes it; one that is there is written anew.
#[job(queue = "low", tags("report"))]
pub async fn write_report(
    #[input] parts: (i64, (i64, i64)),
    day: String,
    #[state] store: &Store,
) -> anyhow::Result<()> {
    const WRITE: &str = "INSERT INTO shop_reports (day, body) VALUES ($1, $2) ON CONFLICT (day) DO UPDATE SET body = excluded.body";
    let (users, (orders, cents)) = parts;
    let body = format!(
        "{users} users, {orders} paid orders, {}.{:02} EUR",
        cents / 100,
        cents % 100
    );
    transaction!(store, |tx| {
        sqlx::query(WRITE)
            .bind(&day)
            .bind(&body)
            .execute(&mut **tx)
            .await?;
    });
    Ok(())
}
