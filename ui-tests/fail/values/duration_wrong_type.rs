use jobs::job;

#[job(
    timeout = soon, //~ ERROR
    expires_in = true, //~ ERROR
)]
async fn send() {}

fn main() {}
