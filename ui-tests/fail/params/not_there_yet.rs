use jobs::job;

#[job]
async fn send(
    #[input] a: u8, //~ ERROR
    #[flow] b: &mut u8, //~ ERROR
    #[tx] c: &mut u8, //~ ERROR
) {
}

fn main() {}
