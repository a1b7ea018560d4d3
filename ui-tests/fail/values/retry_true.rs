use jobs::job;

#[job(
    retry = true, //~ ERROR
    retain = true, //~ ERROR
    dead = 0, //~ ERROR
)]
async fn send() {}

fn main() {}
