use std::cell::Cell;

use jobs::job;

#[job]
async fn send(#[state] count: &Cell<u8>) { //~ ERROR //~ ERROR
    let _ = count;
}

fn main() {}
