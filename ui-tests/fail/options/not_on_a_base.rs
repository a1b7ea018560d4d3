#[jobs::base(name = "base", blocking)] //~ ERROR //~ ERROR
struct ApplicationJob;

fn main() {}
