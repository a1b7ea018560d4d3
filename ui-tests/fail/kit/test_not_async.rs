#[jobs::test]
fn welcomes(t: jobs::testing::TestJobs) { //~ ERROR
    drop(t);
}

fn main() {}
