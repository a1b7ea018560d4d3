jobs::queues! { tenant<T> } //~ ERROR

fn main() {}
