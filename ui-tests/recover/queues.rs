jobs::queues! { low, high(wieght = 3) } //~ ERROR

#[jobs::job(queue = "high")]
async fn send() {}

fn main() {
    let _ = (queues::low, Send::perform_later());
}
