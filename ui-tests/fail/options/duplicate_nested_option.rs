use jobs::job;

#[derive(Debug, thiserror::Error)]
#[error("slow")]
struct Timeout;

#[job(
    retry_on(Timeout, wait = "1s", wait = "2s"), //~ ERROR
)]
async fn send() -> Result<(), Timeout> {
    Ok(())
}

fn main() {}
