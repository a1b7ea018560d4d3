jobs::queues! { critical, low }

use jobs::job;

#[job(queue = "critcal")] //~ ERROR
async fn send() {}

fn main() {}
