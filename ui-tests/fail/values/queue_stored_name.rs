jobs::queues! { low as "low-priority" }

use jobs::job;

#[job(queue = "low-priority")] //~ ERROR
async fn send() {}

#[job(queue = 3)] //~ ERROR
async fn receive() {}

#[job(queue = "")] //~ ERROR
async fn answer() {}

fn main() {}
