use jobs::job;

struct User;

#[job]
async fn find() -> Result<(), User> { //~ ERROR
    Ok(())
}

fn main() {}
