use jobs::job;

struct User;

#[job(retry_on(User))] //~ ERROR
async fn send() {}

fn main() {}
