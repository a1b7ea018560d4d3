use jobs::job;

#[job(que)] //~ ERROR
async fn send(id: u64) {
    let _ = id;
}

fn main() {
    let _ = Send::perform_later(1);
}
