jobs::queues! { mailers; low } //~ ERROR

fn main() {}
