use jobs::job;

#[job(unique(until = "expired"))] //~ ERROR
async fn a() {}

#[job(unique(until = "while_executing", on_conflict = "replace"))] //~ ERROR
async fn b() {}

#[job(unique(until = while_executing, ttl = "1h"))] //~ ERROR
async fn c() {}

#[job(concurrency(limit = 2, fair))] //~ ERROR
async fn d() {}

#[job(concurrency(limit = 2, key = who, on_conflict = discard, fair))] //~ ERROR
async fn e(who: u32) {
    let _ = who;
}

fn main() {}
