use jobs::job;

#[job]
struct User; //~ ERROR

#[job]
pub mod inner {} //~ ERROR

fn main() {}
