use jobs::job;

#[job(
    queue =, //~ ERROR
    timeout, //~ ERROR
    retry_on, //~ ERROR
    tags =, //~ ERROR
)]
async fn send() {}

fn main() {}
