use jobs::job;

#[job(
    concurrency(limit = 0), //~ ERROR
    rate_limit(count = 0, per = "1s"), //~ ERROR
)]
async fn none() {}

#[job(
    concurrency(limit = -1), //~ ERROR
    rate_limit(count = "many", per = "0s"), //~ ERROR
//~ ERROR
)]
async fn odd() {}

fn main() {}
