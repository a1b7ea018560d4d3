use jobs::job;

#[job]
async fn send(
    #[input] a: u8,
    #[input] b: u8, //~ ERROR
) {
    let _ = (a, b);
}

fn main() {}
