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
    retry_on(Timeout, attempts = , jitter = 0.1), //~ ERROR
    on_exhausted = wat wat, //~ ERROR
)]
async fn send() -> Result<(), ApiError> {
    Ok(())
}

fn main() {}
