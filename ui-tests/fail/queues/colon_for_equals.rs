jobs::queues! { mailers(weight: 3) } //~ ERROR

fn main() {}
