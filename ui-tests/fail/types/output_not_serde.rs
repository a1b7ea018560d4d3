use jobs::job;

struct User;

#[job]
async fn find() -> User { //~ ERROR
    User
}

fn main() {}
