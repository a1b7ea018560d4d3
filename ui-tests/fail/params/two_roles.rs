use jobs::job;

#[job]
async fn send(#[state] #[ctx] a: &u8) {} //~ ERROR

fn main() {}
