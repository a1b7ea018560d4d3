use jobs::job;

struct Mail;

#[job(unique(by = [user]))] //~ ERROR
async fn tidy() {}

#[job(unique(by = mail))] //~ ERROR
async fn send(to: String, #[state] mail: &Mail) {
    drop((to, mail));
}

fn main() {}
