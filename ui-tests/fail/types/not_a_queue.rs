use jobs::job;

const LOW: u8 = 1;

#[job(queue = crate::LOW)] //~ ERROR
async fn send() {}

fn main() {}
