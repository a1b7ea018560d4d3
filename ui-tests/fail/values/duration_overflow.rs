use jobs::job;

#[job(
    timeout = "99999999999d", //~ ERROR
)]
async fn send() {}

fn main() {}
