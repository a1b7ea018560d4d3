use jobs::job;

#[job(priority = 40_000)] //~ ERROR
async fn send() {}

#[job(priority = -40_000)] //~ ERROR
async fn receive() {}

#[job(priority = "high")] //~ ERROR
async fn answer() {}

fn main() {}
