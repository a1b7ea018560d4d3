use jobs::job;

#[job]
async fn send<T: Copy>(id: T) { //~ ERROR
    let _ = id;
}

fn main() {
    let _ = Send::perform_later(1);
    let _ = send(1);
}
