use jobs::job;

#[job]
async fn send(#[state(default)] a: &u8) {} //~ ERROR

fn main() {}
