use jobs::job;

struct User;

#[job]
async fn find() -> Result<User, std::fmt::Error> { //~ ERROR
    Ok(User)
}

fn main() {}
