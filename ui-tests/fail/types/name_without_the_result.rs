use jobs::job;

struct User;

type UserResult = u8;

#[job]
async fn find() -> UserResult { //~ ERROR //~ ERROR //~ ERROR //~ ERROR
    1
}

fn main() {}
