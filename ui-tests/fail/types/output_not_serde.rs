use jobs::job;

struct User;

#[job]
async fn find() -> User { //~ ERROR //~ ERROR
    User
}

fn main() {}
