use jobs::job;

#[job]
async fn send(user: Usr) { //~ ERROR
    drop(user);
}

fn main() {}
