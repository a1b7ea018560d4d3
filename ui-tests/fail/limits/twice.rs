use jobs::job;

#[job(unique, unique(by = [user]))] //~ ERROR
async fn a(user: u64) {
    drop(user);
}

fn main() {}
