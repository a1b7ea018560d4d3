use jobs::job;

#[job]
async fn send() -> Result<(), impl std::error::Error> { //~ ERROR
    Err(std::fmt::Error)
}

#[job]
async fn receive() -> impl Copy { //~ ERROR
    1
}

fn main() {}
