use jobs::job;

#[job]
async fn send((a, b): (u32, u32), _: u8, [c, d]: [u8; 2]) {} //~ ERROR //~ ERROR //~ ERROR

fn main() {}
