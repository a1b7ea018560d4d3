use jobs::job;

#[job(
    cron = "0 9 * * *",
    catch_up = "al", //~ ERROR
    enabled = "yes", //~ ERROR
    description = 5, //~ ERROR
)]
async fn tidy() {}

fn main() {}
