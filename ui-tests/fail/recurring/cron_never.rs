use jobs::job;

#[job(cron = "0 0 31 2 *")] //~ ERROR
async fn february() {}

#[job(cron = "0 0 31 4,6,9,11 *")] //~ ERROR
async fn short_months() {}

fn main() {}
