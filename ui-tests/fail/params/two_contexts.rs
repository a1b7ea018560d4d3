use jobs::job;

use jobs::JobContext;

#[job]
async fn send(#[ctx] a: &JobContext, #[ctx] b: &JobContext) {} //~ ERROR

fn main() {}
