use jobs::job;

#[job(
    timeout = 30, //~ ERROR
    expires_in = "30", //~ ERROR
)]
async fn send() {}

fn main() {}
