use jobs::job;

#[job(
    max_attempts = 5, //~ ERROR
    retries = 3, //~ ERROR
    queue_as = low, //~ ERROR
    wait = "5m", //~ ERROR
    run_at = "noon", //~ ERROR
    schedule = "noon", //~ ERROR
    backoff = "exponential", //~ ERROR
    unique_for = "1h", //~ ERROR
)]
async fn send() {}

fn main() {}
