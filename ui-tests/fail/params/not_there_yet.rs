use jobs::job;

#[job]
async fn send(
    #[input] a: u8, //~ ERROR
) {
}

fn main() {}
