use jobs::job;

#[job(
    "mailers", //~ ERROR
)]
async fn send() {}

fn main() {}
