use jobs::job;

#[job(queu = A, timeout = "5x", timeout = "6s", wat = 1)] //~ ERROR //~ ERROR //~ ERROR //~ ERROR
fn send<T>(name: &str) {} //~ ERROR //~ ERROR //~ ERROR

fn main() {}
