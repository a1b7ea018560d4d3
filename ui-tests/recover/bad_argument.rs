use jobs::job;

#[job]
async fn send(id: u64, name: &str) { //~ ERROR
    let _ = (id, name);
}

fn main() {
    let _ = Send::perform_later(1, "ann");
    let _ = send(1, "ann");
}
