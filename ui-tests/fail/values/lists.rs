use jobs::job;

#[job(
    tags(mail), //~ ERROR
    aliases(), //~ ERROR
    derive("Debug"), //~ ERROR
    redact("card"), //~ ERROR
)]
async fn pay(card: String) {
    drop(card);
}

fn main() {}
