#![deny(private_interfaces)]
use jobs::job;

#[derive(serde::Serialize, serde::Deserialize)]
struct User;

#[job]
pub async fn send(user: User) { //~ ERROR
    drop(user);
}

fn main() {}
