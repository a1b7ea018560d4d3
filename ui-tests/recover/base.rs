use jobs::job;

#[jobs::base(queu = low)] //~ ERROR
struct ApplicationJob;

#[job(base = ApplicationJob)]
async fn send() {}

fn main() {
    let _ = Send::perform_later();
}
