use jobs::job;

#[job(
    blocking = true, //~ ERROR
)]
fn send() {}

fn main() {}
