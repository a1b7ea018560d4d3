use std::rc::Rc;

use jobs::job;

async fn pause() {}

#[job]
async fn send() { //~ ERROR
    let count = Rc::new(1);
    pause().await;
    drop(count);
}

fn main() {}
