use jobs::job;

#[job(
    retain = false, //~ ERROR
)]
async fn count() -> u64 {
    1
}

fn main() {}
