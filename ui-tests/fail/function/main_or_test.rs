use jobs::job;

#[job]
#[tokio::main] //~ ERROR
async fn main() {}

#[job]
#[test] //~ ERROR
async fn works() {}
