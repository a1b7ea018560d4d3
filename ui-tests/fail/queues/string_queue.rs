jobs::queues! { "mailers", "low-priority" } //~ ERROR //~ ERROR

fn main() {}
