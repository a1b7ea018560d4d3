jobs::queues! { all as "*", two as "a,b", none as "", blank as "a b", ALL } //~ ERROR //~ ERROR //~ ERROR //~ ERROR //~ ERROR

fn main() {}
