jobs::queues! { mailers(wieght = 3), low(colour = 1), high(concurrency = 3) } //~ ERROR //~ ERROR //~ ERROR

fn main() {}
