use jobs::job;

#[job]
async fn send(#[arg(default = "x")] count: u8) { //~ ERROR
    let _ = count;
}

fn main() {}
