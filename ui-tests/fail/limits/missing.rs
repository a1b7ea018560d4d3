use jobs::job;

#[job(concurrency(key = user))] //~ ERROR
async fn a(user: u64) {
    drop(user);
}

#[job(rate_limit(key = user))] //~ ERROR
//~ ERROR
async fn b(user: u64) {
    drop(user);
}

#[job(concurrency)] //~ ERROR
async fn c() {}

fn main() {}
