use jobs::job;

#[job]
async fn send(x: impl ToString, y: Vec<impl Copy>) {} //~ ERROR //~ ERROR

fn main() {}
