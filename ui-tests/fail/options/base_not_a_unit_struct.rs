#[jobs::base]
struct A { //~ ERROR
    field: u8,
}

#[jobs::base]
fn b() {} //~ ERROR

#[jobs::base]
struct C<const N: usize>; //~ ERROR

fn main() {}
