use jobs::job;

#[job]
async fn send(id: u64) {
    id. //~ ERROR
} //~ ERROR

fn main() {
    let _ = Send::perform_later(1);
}
