#[jobs::test]
pub struct Welcomes; //~ ERROR

fn main() {}
