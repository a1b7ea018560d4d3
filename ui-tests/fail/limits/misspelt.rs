use jobs::job;

#[job(
    unique(untl = "executed", on_conflict = "rejct", key = user), //~ ERROR
//~ ERROR
//~ ERROR
    concurrency(limit = 1, kay = user, to = 2, on_conflict = "replace"), //~ ERROR
//~ ERROR
//~ ERROR
    rate_limit(count = 1, pre = "1m", per = "1m"), //~ ERROR
)]
async fn a(user: u64) {
    drop(user);
}

#[job(unique = true)] //~ ERROR
async fn b() {}

#[job(unique(until = "success"))] //~ ERROR
async fn c() {}

fn main() {}
