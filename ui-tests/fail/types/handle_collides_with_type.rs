use jobs::job;

struct Send;

#[job]
async fn send() {} //~ ERROR

fn main() {}
