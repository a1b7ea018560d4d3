jobs::queues! { mailers(priority = 99999) } //~ ERROR

fn main() {}
