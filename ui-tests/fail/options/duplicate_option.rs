use jobs::job;

#[job(
    priority = 1,
    priority = 2, //~ ERROR
)]
async fn send() {}

fn main() {}
