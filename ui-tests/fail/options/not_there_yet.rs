use jobs::job;

#[job(
    unique(by = [user]), //~ ERROR
    concurrency(limit = 2), //~ ERROR
    rate_limit(count = 100, per = "1m"), //~ ERROR
    logs = "64KiB", //~ ERROR
)]
async fn send() {}

fn main() {}
