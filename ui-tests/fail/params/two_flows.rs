use jobs::{Flow, job};

#[job]
async fn twice(#[flow] one: &mut Flow, #[flow] two: &mut Flow) {} //~ ERROR

fn main() {}
