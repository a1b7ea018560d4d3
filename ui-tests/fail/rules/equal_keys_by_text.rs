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
    retry_on(ApiError, when = |_| true, attempts = 3),
    discard_on(ApiError, when = |_| true), //~ ERROR
)]
async fn send() -> Result<(), ApiError> {
    Ok(())
}

fn main() {}
