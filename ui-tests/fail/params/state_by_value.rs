use jobs::job;

#[job]
async fn send(#[state] a: u8, #[state] b: &mut u8, #[ctx] c: jobs::JobContext) {} //~ ERROR //~ ERROR //~ ERROR

fn main() {}
