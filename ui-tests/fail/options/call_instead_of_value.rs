use jobs::job;

#[job(
    queue(mailers), //~ ERROR
    timeout(), //~ ERROR
)]
async fn send() {}

fn main() {}
