use jobs::job;

const HIGH: i32 = 1;

#[job(priority = HIGH)] //~ ERROR
async fn send() {}

fn main() {}
