#[jobs::test]
async fn welcomes<T>() {} //~ ERROR

fn main() {}
