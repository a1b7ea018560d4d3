use jobs::job;

#[job(name = "")] //~ ERROR
async fn a() {}

#[job(name = "two words")] //~ ERROR
async fn b() {}

#[job(name = "tab\t")] //~ ERROR
async fn c() {}

fn main() {}
