use jobs::job;

use std::path::Path;

#[job]
async fn send(
    name: &str, //~ ERROR
    list: &[u8], //~ ERROR
    path: &Path, //~ ERROR
    user: &mut u64, //~ ERROR
) {
}

fn main() {}
