jobs::queues! { mailers as "mail"(weight = 3), low as mail } //~ ERROR //~ ERROR

fn main() {}
