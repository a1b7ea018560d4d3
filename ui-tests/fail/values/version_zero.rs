use jobs::job;

#[job(
    version = 0, //~ ERROR
    upcast = older,
)]
async fn send() {}

fn main() {}
