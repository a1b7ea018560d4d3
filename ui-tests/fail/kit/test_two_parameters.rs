#[jobs::test]
async fn welcomes(t: jobs::testing::TestJobs, user_id: i64) { //~ ERROR
    drop((t, user_id));
}

fn main() {}
