use jobs::job;

#[job]
async fn send(#[cfg(test)] a: u8) {} //~ ERROR

fn main() {}
