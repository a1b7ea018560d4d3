use jobs::job;

#[job(
    timeout = "5x", //~ ERROR
    retain = "1M", //~ ERROR
    expires_in = "1.5h", //~ ERROR
)]
async fn send() {}

fn main() {}
