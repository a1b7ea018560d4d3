jobs::queues! { mailers(weight = 0), low(weight = -1) } //~ ERROR //~ ERROR

fn main() {}
