use jobs::job;

#[job(
    unique(by = "user_id"), //~ ERROR
    concurrency(limit = 1, key = []), //~ ERROR
    rate_limit(count = 1, per = "1s", key = |(a, b)| a), //~ ERROR
)]
async fn welcome(user_id: u64) {
    drop(user_id);
}

fn main() {}
