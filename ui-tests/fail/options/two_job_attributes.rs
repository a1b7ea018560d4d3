use jobs::job;

#[job(timeout = "5s")]
#[job(priority = 1)] //~ ERROR
async fn send() {}

fn main() {}
