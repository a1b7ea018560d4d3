use jobs::job;

#[job(version = 2)] //~ ERROR
async fn send() {}

#[job(upcast = older)] //~ ERROR
async fn receive() {}

fn main() {}
