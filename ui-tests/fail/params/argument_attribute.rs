use jobs::job;

#[job]
async fn send(
    #[serde(default)] a: u8, //~ ERROR
    #[sate] b: &u8, //~ ERROR
    #[wat] c: u8, //~ ERROR
) {
}

fn main() {}
