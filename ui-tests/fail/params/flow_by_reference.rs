use jobs::{Flow, job};

#[job]
async fn shared(#[flow] flow: &Flow) {} //~ ERROR

#[job]
async fn owned(#[flow] flow: Flow) {} //~ ERROR

#[job]
async fn unmarked(flow: &mut Flow) {} //~ ERROR

#[job]
async fn with_options(#[flow(x)] flow: &mut Flow) {} //~ ERROR

fn main() {}
