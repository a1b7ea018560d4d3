use jobs::job;

async fn hook(_n: u8) {}

#[job(after_enqueue = hook)] //~ ERROR
async fn send() {}

fn main() {}
