//! The other side of payments: an HTTP service that is busy, broken or silent now and then.
//!
//! It keeps to one rule: one idempotency key is charged once, however often it is asked.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// What is asked for.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Charge {
    /// The shop's order.
    pub order: i64,
    /// How much.
    pub cents: i64,
    /// From which card; one that begins with `0000` is refused.
    pub card: String,
}

/// All that was charged, by key.
#[derive(Debug, Clone, Default)]
pub struct Account {
    charges: Arc<Mutex<HashMap<String, Charge>>>,
    asked: Arc<Mutex<HashMap<String, u32>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Account {
    /// Every charge that was made.
    #[must_use]
    pub fn charges(&self) -> Vec<Charge> {
        locked(&self.charges).values().cloned().collect()
    }

    /// How often the service was asked in all.
    #[must_use]
    pub fn requests(&self) -> u32 {
        locked(&self.asked).values().sum()
    }

    /// How often this key was seen before.
    fn ask(&self, key: &str) -> u32 {
        let mut asked = locked(&self.asked);
        let count = asked.entry(key.to_owned()).or_default();
        *count += 1;
        *count - 1
    }
}

/// Starts the service on a port of its own; it ends with the process.
///
/// # Errors
/// There is no free port.
pub async fn start(account: Account) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let app = Router::new()
        .route("/charge", post(charge))
        .with_state(account);
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

async fn charge(
    State(account): State<Account>,
    headers: HeaderMap,
    Json(charge): Json<Charge>,
) -> Response {
    let Some(key) = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok())
    else {
        return (StatusCode::BAD_REQUEST, "no idempotency-key").into_response();
    };
    if charge.card.starts_with("0000") {
        return (StatusCode::PAYMENT_REQUIRED, "card refused").into_response();
    }
    // What goes wrong is foreseen, so that every run of the shop shows all of it.
    match (charge.order % 5, account.ask(key)) {
        (1, 0) => {
            return (
                StatusCode::TOO_MANY_REQUESTS,
                [("retry-after", "1")],
                "slow down",
            )
                .into_response();
        }
        (2, 0) => return (StatusCode::INTERNAL_SERVER_ERROR, "out of order").into_response(),
        (3, 0) => {
            // The worst kind: it charges, and the answer comes too late.
            locked(&account.charges).insert(key.to_owned(), charge);
            tokio::time::sleep(Duration::from_secs(30)).await;
            return StatusCode::GATEWAY_TIMEOUT.into_response();
        }
        _ => {}
    }
    locked(&account.charges).insert(key.to_owned(), charge);
    format!("receipt-{key}").into_response()
}
