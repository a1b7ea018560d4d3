use jobs::job;

#[job]
fn send() {} //~ ERROR

fn main() {}
