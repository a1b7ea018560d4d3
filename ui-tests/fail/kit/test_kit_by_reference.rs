#[jobs::test]
async fn welcomes(t: &jobs::testing::TestJobs) { //~ ERROR
    t.clear();
}

fn main() {}
