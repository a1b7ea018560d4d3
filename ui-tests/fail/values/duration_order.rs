use jobs::job;

#[job(
    timeout = "30m1h", //~ ERROR
)]
async fn send() {}

fn main() {}
