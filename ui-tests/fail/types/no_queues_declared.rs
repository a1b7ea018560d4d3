use jobs::job;

#[job(queue = "critical")] //~ ERROR
async fn send() {}

fn main() {}
