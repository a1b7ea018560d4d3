use jobs::job;

#[derive(Debug, thiserror::Error)]
#[error("slow")]
struct Timeout;

#[job(retry_on(Timeout, attempts = ), priorty = 3)] //~ ERROR //~ ERROR
async fn send() -> Result<(), Timeout> {
    Ok(())
}

fn main() {
    let _ = Send::perform_later();
}
