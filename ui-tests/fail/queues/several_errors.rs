jobs::queues! { mailers, mailers, low(wait = 3), high(weight = 0) } //~ ERROR //~ ERROR //~ ERROR

fn all() -> [jobs::Queue; 3] {
    [queues::mailers, queues::low, queues::high]
}

fn main() {}
