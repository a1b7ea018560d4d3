use jobs::job;

type Answer = Result<u8, std::fmt::Error>;

#[job]
async fn find() -> Answer { //~ ERROR
    Ok(1)
}

fn main() {}
