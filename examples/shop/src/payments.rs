//! Orders, and the money for them.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use http_body_util::BodyExt as _;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use jobs::{JobContext, job, sqlx};

use crate::{
    bank::Charge,
    store::{Store, transaction},
};

/// Why no money came.
#[derive(Debug, thiserror::Error)]
pub enum PayError {
    /// The bank is busy, and says when to come again.
    #[error("the bank is busy for {retry_after:?}")]
    Busy {
        /// That is when.
        retry_after: Duration,
    },
    /// The bank is broken, cannot be reached, or is silent.
    #[error("the bank failed: {0}")]
    Failed(String),
    /// The card is refused; asking again is of no use.
    #[error("the bank refused the card: {0}")]
    Refused(String),
    /// The shop's own database.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The job database.
    #[error(transparent)]
    Jobs(#[from] jobs::Error),
}

/// Where the bank is.
#[derive(Debug, Clone)]
pub struct Bank {
    url: String,
    patience: Duration,
    client: Client<HttpConnector, Body>,
}

impl Bank {
    /// At `http://host:port`, waiting so long for an answer.
    #[must_use]
    pub fn at(url: impl Into<String>, patience: Duration) -> Self {
        Self {
            url: url.into(),
            patience,
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Asks for money; gives the receipt.
    async fn charge(&self, key: &str, charge: &Charge) -> Result<String, PayError> {
        let failed = |error: &dyn std::fmt::Display| PayError::Failed(error.to_string());
        let body = serde_json::to_vec(charge).map_err(|error| failed(&error))?;
        let request = Request::post(format!("{}/charge", self.url))
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body))
            .map_err(|error| failed(&error))?;
        let answer = tokio::time::timeout(self.patience, self.client.request(request)).await;
        let answer = answer
            .map_err(|_| PayError::Failed(format!("no answer within {:?}", self.patience)))?
            .map_err(|error| failed(&error))?;
        let (status, after) = (
            answer.status(),
            answer.headers().get("retry-after").cloned(),
        );
        let body = answer
            .into_body()
            .collect()
            .await
            .map_err(|error| failed(&error))?;
        let text = String::from_utf8_lossy(&body.to_bytes()).into_owned();
        match status {
            StatusCode::OK => Ok(text),
            StatusCode::TOO_MANY_REQUESTS => {
                let seconds = after.and_then(|value| value.to_str().ok()?.parse().ok());
                Err(PayError::Busy {
                    retry_after: Duration::from_secs(seconds.unwrap_or(5)),
                })
            }
            status if status.is_client_error() => Err(PayError::Refused(text)),
            status => Err(PayError::Failed(format!("{status}: {text}"))),
        }
    }
}

/// Stores an order together with the job that gets the money; gives its number.
///
/// # Errors
/// The database fails.
pub async fn order(store: &Store, item: &str, cents: i64, card: &str) -> anyhow::Result<i64> {
    const ADD: &str =
        "INSERT INTO shop_orders (item, cents, card) VALUES ($1, $2, $3) RETURNING id";
    Ok(transaction!(store, |tx| {
        let (id,): (i64,) = sqlx::query_as(ADD)
            .bind(item)
            .bind(cents)
            .bind(card)
            .fetch_one(&mut **tx)
            .await?;
        Pay::perform_later(id).in_transaction(&mut tx).await?;
        id
    }))
}

/// Gets the money for an order. The key is the same on every attempt, so that the bank charges once.
#[job(
    queue = "payments",
    tags("money"),
    unique(by = [order_id]),
    retry_on(PayError::Busy { retry_after }, wait = retry_after, attempts = 10), // the bank says when
    retry_on(PayError::Failed(_), backoff = "exponential", wait = "1s", attempts = 6),
    retry = 0, // a refused card is a dead letter at once
)]
pub async fn pay(
    order_id: i64,
    #[state] store: &Store,
    #[state] bank: &Bank,
    #[ctx] ctx: &JobContext,
) -> Result<String, PayError> {
    const FIND: &str = "SELECT cents, card FROM shop_orders WHERE id = $1";
    const PAID: &str = "UPDATE shop_orders SET receipt = $2 WHERE id = $1";
    let (cents, card): (i64, String) = transaction!(store, |tx| sqlx::query_as(FIND)
        .bind(order_id)
        .fetch_one(&mut **tx)
        .await?);
    let charge = Charge {
        order: order_id,
        cents,
        card,
    };
    let receipt = bank.charge(&ctx.idempotency_key(), &charge).await?;
    transaction!(store, |tx| {
        sqlx::query(PAID)
            .bind(order_id)
            .bind(&receipt)
            .execute(&mut **tx)
            .await?;
    });
    Ok(receipt)
}
