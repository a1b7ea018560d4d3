use jobs::job;

jobs::queues! { default }

#[job] //~ ERROR
async fn number(#[tx] tx: &mut u64) { //~ ERROR
    *tx += 1;
}

fn main() {}
