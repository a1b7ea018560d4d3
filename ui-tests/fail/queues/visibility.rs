jobs::queues! { pub mailers, pub(crate) low } //~ ERROR //~ ERROR

fn main() {}
