use jobs::job;

struct User;

#[job(queu = low)] //~ ERROR
async fn send(user: User) {
    drop(user);
}

fn main() {
    let _ = Send::perform_later(User);
}
