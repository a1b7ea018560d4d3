use jobs::job;

#[job]
async fn _1() {} //~ ERROR

#[job]
#[allow(non_snake_case)]
async fn Send() {} //~ ERROR

fn main() {}
