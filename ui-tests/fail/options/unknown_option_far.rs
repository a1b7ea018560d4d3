use jobs::job;

#[job(
    colour = "red", //~ ERROR
)]
async fn send() {}

fn main() {}
