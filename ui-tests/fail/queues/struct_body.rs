jobs::queues! { mailers { url: String } } //~ ERROR

fn main() {}
