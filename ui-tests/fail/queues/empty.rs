jobs::queues! {} //~ ERROR

fn main() {}
