jobs::queues! { mailers, low, mailers } //~ ERROR

fn main() {}
