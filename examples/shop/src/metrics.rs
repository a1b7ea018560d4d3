//! What is counted every night.

use jobs::{JobContext, job, sqlx};

use crate::{
    reports,
    store::{Store, transaction},
};

/// Keeps the figures of the day that the tick belongs to; running it twice writes the same row.
#[job(
    queue = "low",
    cron = "30 2 * * *",
    timezone = "Europe/Berlin",
    description = "The figures of the day",
    catch_up = "one"
)]
pub async fn nightly_metrics(
    #[state] store: &Store,
    #[ctx] ctx: &JobContext,
) -> anyhow::Result<()> {
    const WRITE: &str = "INSERT INTO shop_metrics (day, users, orders, cents) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (day) DO UPDATE SET users = excluded.users, orders = excluded.orders, cents = excluded.cents";
    let day = ctx.scheduled_at().date_naive().to_string();
    let users = reports::count_users(store).await?;
    let (orders, cents) = reports::sum_orders(store).await?;
    transaction!(store, |tx| {
        sqlx::query(WRITE)
            .bind(&day)
            .bind(users)
            .bind(orders)
            .bind(cents)
            .execute(&mut **tx)
            .await?;
    });
    Ok(())
}
