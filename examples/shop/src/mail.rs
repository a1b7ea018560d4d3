//! Sign-up, and the mail that follows it.

use std::path::PathBuf;

use futures_core::future::BoxFuture;
use jobs::{JobContext, job, sqlx};

use crate::store::{Store, transaction};

/// What the shop needs of a mail service.
pub trait Mail: Send + Sync {
    /// Sends one; `key` is the same for each try of the same mail.
    fn send<'a>(
        &'a self,
        key: &'a str,
        to: &'a str,
        text: &'a str,
    ) -> BoxFuture<'a, std::io::Result<()>>;
}

/// Puts each mail into a folder, as a file; sending one twice leaves one.
#[derive(Debug, Clone)]
pub struct Outbox(pub PathBuf);

impl Mail for Outbox {
    fn send<'a>(
        &'a self,
        key: &'a str,
        to: &'a str,
        text: &'a str,
    ) -> BoxFuture<'a, std::io::Result<()>> {
        Box::pin(async move {
            tokio::fs::create_dir_all(&self.0).await?;
            tokio::fs::write(
                self.0.join(format!("{key}.eml")),
                format!("To: {to}\n\n{text}\n"),
            )
            .await
        })
    }
}

/// Stores a user together with the job of the mail; false if there is one of this address.
///
/// # Errors
/// The database fails.
pub async fn sign_up(store: &Store, email: &str) -> anyhow::Result<bool> {
    const ADD: &str =
        "INSERT INTO shop_users (email) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id";
    Ok(transaction!(store, |tx| {
        let new: Option<(i64,)> = sqlx::query_as(ADD)
            .bind(email)
            .fetch_optional(&mut **tx)
            .await?;
        if let Some((id,)) = new {
            SendWelcomeMail::perform_later(id)
                .in_transaction(&mut tx)
                .await?;
        }
        new.is_some()
    }))
}

/// Welcomes a new user.
#[job(
    queue = "mailers",
    tags("mail"),
    unique,
    retry_on(std::io::Error, backoff = "exponential", attempts = 5)
)]
pub async fn send_welcome_mail(
    user_id: i64,
    #[state] store: &Store,
    #[state] mail: &dyn Mail,
    #[ctx] ctx: &JobContext,
) -> anyhow::Result<()> {
    const FIND: &str = "SELECT email FROM shop_users WHERE id = $1";
    const SENT: &str = "UPDATE shop_users SET welcomed = 1 WHERE id = $1";
    let (email,): (String,) = transaction!(store, |tx| sqlx::query_as(FIND)
        .bind(user_id)
        .fetch_one(&mut **tx)
        .await?);
    mail.send(&ctx.idempotency_key(), &email, "Welcome to the shop.")
        .await?;
    transaction!(store, |tx| {
        sqlx::query(SENT).bind(user_id).execute(&mut **tx).await?;
    });
    Ok(())
}

/// Tells the shop's people of a job that failed for good; what `on_dead` enqueues.
#[job(queue = "mailers", tags("mail"))]
pub async fn tell_of_death(
    job: String,
    error: String,
    #[state] mail: &dyn Mail,
    #[ctx] ctx: &JobContext,
) -> std::io::Result<()> {
    let text = format!("{job} failed for good: {error}");
    mail.send(&ctx.idempotency_key(), "ops@shop.test", &text)
        .await
}
