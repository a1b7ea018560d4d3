use jobs::job;

struct Send;

#[job]
async fn send() {} //~ ERROR //~ ERROR //~ ERROR

fn main() {}
