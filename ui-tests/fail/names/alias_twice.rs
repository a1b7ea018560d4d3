use jobs::job;

#[job(aliases("Old", "Old", "Send"))] //~ ERROR //~ ERROR
async fn send() {}

fn main() {}
