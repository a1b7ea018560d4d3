use jobs::job;

#[job(
    queu = low, //~ ERROR
    timeout = "5x", //~ ERROR
    timeout = "6s", //~ ERROR
    wat = 1, //~ ERROR
)]
async fn send() {}

fn main() {}
