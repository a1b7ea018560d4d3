use jobs::job;

#[job(blocking)] //~ ERROR
async fn send() {}

fn main() {}
