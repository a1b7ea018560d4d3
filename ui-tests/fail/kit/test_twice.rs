#[jobs::test]
#[test] //~ ERROR
async fn welcomes() {}

fn main() {}
