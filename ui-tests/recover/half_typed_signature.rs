use jobs::job;

#[job]
async fn send(user: ) { //~ ERROR
}

fn main() {}
