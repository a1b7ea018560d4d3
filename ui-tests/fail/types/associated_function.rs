use jobs::job;

struct Mailer;

impl Mailer {
    #[job]
    async fn send() {} //~ ERROR
}

fn main() {}
