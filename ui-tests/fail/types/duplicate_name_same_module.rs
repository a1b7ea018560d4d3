use jobs::job;

#[job] //~ ERROR //~ ERROR
async fn send() {}

#[job] //~ ERROR //~ ERROR
async fn send() {} //~ ERROR

fn main() {}
