use jobs::job;

#[job(
    logs = "64KiB", //~ ERROR
)]
async fn send() {}

fn main() {}
