use jobs::job;

use std::future::Future;

#[job]
fn send() -> impl Future<Output = ()> { //~ ERROR
    async {}
}

fn main() {}
