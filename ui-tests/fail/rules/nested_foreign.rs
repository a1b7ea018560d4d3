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
    retry_on(Timeout, max_attempts = 3), //~ ERROR
    discard_on(ApiError, attempts = 3), //~ ERROR
)]
async fn send() -> Result<(), ApiError> {
    Ok(())
}

fn main() {}
