//! The jobs of a shop: some end well, some fail and are tried again, some die, some wait.

use std::time::Duration;

use jobs::{BoxError, JobContext, Jobs, job};

jobs::queues! {
    critical(weight = 4),
    mailers(weight = 2),
    default,
    low,
    imports,
}

/// Why no money came.
#[derive(Debug, thiserror::Error)]
pub enum PayError {
    /// The bank is silent.
    #[error("order {order}: the bank did not answer within {seconds} s")]
    Bank {
        /// Of this order.
        order: u64,
        /// For so long.
        seconds: u64,
        /// What the connection said.
        #[source]
        source: std::io::Error,
    },
    /// The card of this order is too old.
    #[error("order {0}: card expired")]
    Expired(u64),
}

/// The mail service is busy.
#[derive(Debug, thiserror::Error)]
#[error("no answer from the mail service")]
pub struct MailError;

/// Welcomes a new user; the service is busy now and then.
#[job(
    queue = "mailers",
    tags("mail"),
    retry_on(MailError, wait = "30s", attempts = 4)
)]
pub async fn send_welcome_email(user_id: u64) -> Result<(), MailError> {
    tokio::time::sleep(Duration::from_millis(20 + user_id % 60)).await;
    if user_id.is_multiple_of(9) {
        Err(MailError)
    } else {
        Ok(())
    }
}

/// Takes money; the card is shown to nobody.
#[job(queue = "critical", tags("money", "orders"), redact(card), retry = 0)]
pub async fn charge_card(order: u64, cents: u64, card: String) -> Result<String, PayError> {
    tokio::time::sleep(Duration::from_millis(40)).await;
    drop(card);
    match order % 13 {
        4 => {
            let source = std::io::Error::new(
                std::io::ErrorKind::TimedOut,
                "connection to 10.2.0.7:443 timed out",
            );
            Err(PayError::Bank {
                order,
                seconds: 30,
                source,
            })
        }
        7 => Err(PayError::Expired(order)),
        _ => Ok(format!("receipt-{order}-{cents}")),
    }
}

/// Works for a while, and says how far it is.
#[job(queue = "default", tags("report"))]
pub async fn build_report(#[ctx] ctx: &JobContext, month: String, pages: u64) {
    for page in 0..pages {
        ctx.progress(page, pages, format!("{month}: page {page}"));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// At most two of one account at once.
#[job(queue = "default", concurrency(limit = 2, key = account))]
pub async fn sync_account(account: String, seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    drop(account);
}

/// Nothing takes from its queue here.
#[job(queue = "imports", tags("nightly"))]
pub async fn import_orders(file: String) {
    drop(file);
}

/// Waits for its hour.
#[job(queue = "low")]
pub async fn remind_of_basket(basket: u64, days: u32) {
    let _ = (basket, days);
}

/// Every five minutes.
#[job(queue = "low", every = "5m")]
pub async fn refresh_prices() -> Result<(), BoxError> {
    Ok(())
}

/// Every night at three in Berlin.
#[job(queue = "low", cron = "0 3 * * *", timezone = "Europe/Berlin")]
pub async fn cleanup_tokens() {}

/// Enqueues some of each kind.
///
/// # Errors
/// The database fails.
pub async fn fill(jobs: &Jobs) -> jobs::Result<()> {
    for user in 1..=60 {
        SendWelcomeEmail::perform_later(user).on(jobs).await?;
    }
    for order in 1_000..1_060u64 {
        ChargeCard::perform_later(order, order * 7 % 9_000, "4242 4242 4242 4242")
            .on(jobs)
            .await?;
    }
    for (month, pages) in [("2026-09", 4_000u64), ("2026-10", 2)] {
        BuildReport::perform_later(month, pages).on(jobs).await?;
    }
    for _ in 0..5 {
        SyncAccount::perform_later("acme", 600u64).on(jobs).await?;
    }
    let files = (1..=14).map(|day| ImportOrders {
        file: format!("orders-2026-11-{day:02}.csv"),
    });
    jobs::batch("November's orders")
        .add_all(files)
        .on(jobs)
        .enqueue()
        .await?;
    for basket in 1..=25 {
        let wait = Duration::from_secs(3_600 * basket);
        RemindOfBasket::perform_later(basket, 3u32)
            .wait(wait)
            .on(jobs)
            .await?;
    }
    Ok(())
}

/// The queues that the example's worker takes from: all but `imports`.
#[must_use]
pub fn served() -> [jobs::Queue; 4] {
    [
        queues::critical,
        queues::mailers,
        queues::default,
        queues::low,
    ]
}
