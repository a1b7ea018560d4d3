use std::time::Instant;

use jobs::job;

#[job]
async fn send(at: Instant) { //~ ERROR
    let _ = at;
}

fn main() {}
