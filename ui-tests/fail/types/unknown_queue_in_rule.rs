jobs::queues! { critical, low }

use jobs::job;

#[job(retry_on(any, queue = "lo"))] //~ ERROR
async fn send() {}

fn main() {}
