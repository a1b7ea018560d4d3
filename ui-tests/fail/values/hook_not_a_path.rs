use jobs::job;

#[job(
    after_discard = "report", //~ ERROR
    on_exhausted = [report, 3], //~ ERROR
    before_perform = |_| {}, //~ ERROR
)]
async fn send() {}

fn main() {}
