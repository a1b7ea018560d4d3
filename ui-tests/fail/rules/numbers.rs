#![allow(dead_code)]
use jobs::job;

#[derive(Debug, thiserror::Error)]
#[error("slow")]
struct Timeout;

#[derive(Debug, thiserror::Error)]
#[error("api")]
enum ApiError {
    Client(u16),
    Gone,
}

#[job(
    retry_on(Timeout, jitter = 2), //~ ERROR
    retry_on(ApiError, backoff = exponential, factor = 0), //~ ERROR
)]
async fn send() -> Result<(), ApiError> {
    Ok(())
}

fn main() {}
