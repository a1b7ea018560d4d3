use jobs::job;

#[job(
    timeout = "0s", //~ ERROR
    retain = "0s", //~ ERROR
    expires_in = "0ms", //~ ERROR
)]
async fn send() {}

fn main() {}
