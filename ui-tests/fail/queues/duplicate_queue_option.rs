jobs::queues! { mailers(weight = 1, weight = 2) } //~ ERROR

fn main() {}
