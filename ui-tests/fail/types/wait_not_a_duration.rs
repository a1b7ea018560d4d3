#![allow(dead_code)]
use jobs::job;

#[derive(Debug, thiserror::Error)]
#[error("limited")]
struct Limited(u64);

#[job(retry_on(Limited(after), wait = after))] //~ ERROR
async fn send() {}

fn main() {}
