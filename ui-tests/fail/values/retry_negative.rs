use jobs::job;

#[job(
    retry = -1, //~ ERROR
)]
async fn send() {}

fn main() {}
