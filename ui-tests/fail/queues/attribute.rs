jobs::queues! { #[default] mailers } //~ ERROR

fn main() {}
