use jobs::{Flow, job};

#[job(blocking)]
fn blocks(#[flow] flow: &mut Flow) {} //~ ERROR

fn main() {}
