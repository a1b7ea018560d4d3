use jobs::job;

#[job]
async fn send() -> Result<(), String> {} //~ ERROR

fn main() {}
