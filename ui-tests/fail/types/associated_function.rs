use jobs::job;

struct Mailer;

impl Mailer {
    #[job]
    async fn send() {} //~ ERROR //~ ERROR //~ ERROR //~ ERROR //~ ERROR
}

fn main() {}
