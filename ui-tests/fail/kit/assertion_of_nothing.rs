#[jobs::job]
async fn tidy(days: u32) {
    drop(days);
}

fn main() {
    jobs::assert_enqueued!(Tidy with days 3); //~ ERROR
    jobs::assert_enqueued!(Tidy, times 1); //~ ERROR
}
