use jobs::job;

trait Mail {
    #[job]
    async fn send(user: u64); //~ ERROR
}

fn main() {}
