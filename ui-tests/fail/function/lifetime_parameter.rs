use jobs::job;

#[job]
async fn send<'a>() {} //~ ERROR

fn main() {}
