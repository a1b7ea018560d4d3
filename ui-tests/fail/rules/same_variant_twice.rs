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
    retry_on(ApiError::Gone),
    discard_on(ApiError::Gone | ApiError::Client(_)), //~ ERROR
)]
async fn send() -> Result<(), ApiError> {
    Ok(())
}

fn main() {}
