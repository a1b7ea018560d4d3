use jobs::job;

#[job]
async fn send(user: u8, #[arg(rename = "user")] id: u8) {} //~ ERROR

fn main() {}
