//! `on_dead` tells a job of its own to notify people, so that a mail server or a receiver that is down for an hour is
//! tried again like anything else.

pub mod mail;
pub mod webhook;

use jobs::job;

jobs::queues! { notify, default }

/// What goes wrong in these examples.
#[job(retry = 0, redact(card))]
pub async fn charge(order: u64, card: String) -> Result<(), String> {
    let _ = card;
    Err(format!("the bank refuses order {order}"))
}
