use jobs::job;

struct User;

#[job]
async fn send(user: User) { //~ ERROR
    drop(user);
}

fn main() {}
