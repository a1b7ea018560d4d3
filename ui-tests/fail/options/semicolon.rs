use jobs::job;

#[job(priority = 1; timeout = "5s")] //~ ERROR
async fn send() {}

fn main() {}
