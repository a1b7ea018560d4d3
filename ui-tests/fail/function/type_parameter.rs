use jobs::job;

#[job]
async fn send<T>() {} //~ ERROR

fn main() {}
