use jobs::job;

#[job(
    on_crash = "retyr", //~ ERROR
)]
async fn send() {}

fn main() {}
