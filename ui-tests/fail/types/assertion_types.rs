#[jobs::job]
async fn tidy(days: u32, folder: String) {
    drop((days, folder));
}

struct NoJob;

fn main() {
    jobs::assert_enqueued!(NoJob); //~ ERROR
    jobs::assert_enqueued!(Tidy { days: "three", folder: "/tmp" }); //~ ERROR
    jobs::assert_enqueued!(Tidy { days: 3 }); //~ ERROR
    jobs::assert_enqueued!(Tidy { days: 1..=9 }); //~ ERROR
    jobs::assert_enqueued!(Tidy { dyas: 1..=9, .. }); //~ ERROR
    jobs::assert_enqueued!(Tidy, times = "one"); //~ ERROR
}
