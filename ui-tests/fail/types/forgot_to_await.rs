#![deny(unused_must_use)]
use jobs::job;

#[job]
async fn send() {}

fn main() {
    Send::perform_later(); //~ ERROR
}
