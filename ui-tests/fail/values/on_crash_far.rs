use jobs::job;

#[job(on_crash = ignore)] //~ ERROR
async fn send() {}

fn main() {}
