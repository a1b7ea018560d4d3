use jobs::job;

#[job]
async fn send(id: u64) {
    let _ = id;
}

fn main() {
    let _ = Send::perform_later("x"); //~ ERROR
}
