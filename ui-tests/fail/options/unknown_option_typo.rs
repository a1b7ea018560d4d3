use jobs::job;

#[job(
    queu = mailers, //~ ERROR
)]
async fn send() {}

fn main() {}
