use jobs::job;

#[derive(Debug, thiserror::Error)]
#[error("slow")]
struct Timeout;

#[job(
    retry_on = Timeout, //~ ERROR
    tags = ["mail"], //~ ERROR
    redact[card], //~ ERROR
)]
async fn send() {}

fn main() {}
