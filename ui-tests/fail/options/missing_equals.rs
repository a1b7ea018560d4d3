use jobs::job;

#[job(
    queue mailers, //~ ERROR
    priority 3, //~ ERROR
    tags "mail", //~ ERROR
)]
async fn send() {}

fn main() {}
