use jobs::job;

#[job]
async fn send(id: u64, times: u8) {
    let _ = (id, times);
}

fn main() {
    let _ = Send::perform_later(); //~ ERROR
}
