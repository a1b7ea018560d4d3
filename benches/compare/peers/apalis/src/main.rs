//! apalis with its two SQL backends; the URL says which.

mod postgres;
mod sqlite;

use serde::{Deserialize, Serialize};

/// The job.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Noop {
    n: i64,
}

async fn noop(job: Noop) -> Result<(), apalis::prelude::BoxDynError> {
    drive::ran(job.n);
    Ok(())
}

/// A worker, and how to end it.
type Working = (
    tokio::sync::oneshot::Sender<()>,
    tokio::task::JoinHandle<drive::Result>,
);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [url, task] = words.as_slice() {
        if url.starts_with("postgres") {
            drive::main::<postgres::Apalis>(url, task);
        } else {
            drive::main::<sqlite::Apalis>(url, task);
        }
    }
}
