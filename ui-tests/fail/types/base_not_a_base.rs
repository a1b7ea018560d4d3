use jobs::job;

struct User;

#[job(base = User)] //~ ERROR
async fn send() {}

fn main() {}
