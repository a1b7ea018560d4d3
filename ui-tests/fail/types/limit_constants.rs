use jobs::job;

const NONE: u32 = 0;
const WRONG: i64 = 2;

#[job(concurrency(limit = NONE))] //~ ERROR
async fn none() {}

#[job(rate_limit(count = WRONG, per = "1m"))] //~ ERROR
async fn wrong() {}

#[job(concurrency(limit = ABSENT))] //~ ERROR
async fn absent() {}

fn main() {}
