use jobs::job;

struct Mailer;

impl Mailer {
    #[job]
    async fn send(&self) {} //~ ERROR
}

fn main() {}
