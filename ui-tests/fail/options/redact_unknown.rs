use jobs::job;

#[job(
    redact(crd), //~ ERROR
)]
async fn pay(card: String) {
    drop(card);
}

fn main() {}
