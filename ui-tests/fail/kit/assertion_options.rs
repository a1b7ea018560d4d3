#[jobs::job]
async fn tidy(days: u32) {
    drop(days);
}

fn main() {
    jobs::assert_enqueued!(Tidy, time = 1); //~ ERROR
    jobs::assert_enqueued!(Tidy, where = |job| job.days > 3); //~ ERROR
    jobs::assert_enqueued!(Tidy, times = 1, times = 2); //~ ERROR
    jobs::assert_enqueued!(Tidy, queue =); //~ ERROR
    jobs::assert_no_enqueued!(Tidy, at_most = 2); //~ ERROR
    jobs::assert_no_performed!(when = |job| job.days > 3); //~ ERROR
}
