use std::rc::Rc;

use jobs::job;

#[job]
async fn send(user: Rc<u8>) { //~ ERROR //~ ERROR //~ ERROR
    drop(user);
}

fn main() {}
