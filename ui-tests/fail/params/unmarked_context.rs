use jobs::job;

use jobs::JobContext;

#[job]
async fn send(ctx: &JobContext) {} //~ ERROR

fn main() {}
