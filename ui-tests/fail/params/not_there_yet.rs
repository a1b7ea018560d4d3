use jobs::job;

#[job]
async fn send(
    #[flow] b: &mut u8, //~ ERROR
    #[tx] c: &mut u8, //~ ERROR
) {
}

fn main() {}
