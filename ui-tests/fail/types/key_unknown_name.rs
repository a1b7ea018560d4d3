use jobs::job;

#[job(concurrency(limit = 2, key = usr % 10))] //~ ERROR
async fn send(user: u64) {
    drop(user);
}

fn main() {}
