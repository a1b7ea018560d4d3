use jobs::job;

pub struct Domain(String);

fn domain(mail: &str) -> Domain {
    Domain(mail.to_owned())
}

#[job(unique(by = domain(mail)))] //~ ERROR
async fn send(mail: String) {
    drop((mail, Domain(String::new()).0));
}

fn main() {}
