use jobs::job;

#[job(
    unique(by = [usr_id]), //~ ERROR
    concurrency(limit = 2, key = usr), //~ ERROR
    rate_limit(count = 1, per = "1s", key = |usr_idx| *usr_idx), //~ ERROR
)]
async fn welcome(user_id: u64) {
    drop(user_id);
}

fn main() {}
