use jobs::job;

#[job(cron = "0 25 * * *")] //~ ERROR
async fn hour() {}

#[job(
    cron = "0 9 * * *",
    cron = "60 9 * * *", //~ ERROR
    cron = "0 9 32 * *", //~ ERROR
    cron = "0 9 * 13 *", //~ ERROR
    cron = "0 9 * * 8", //~ ERROR
    cron = "*/90 * * * *", //~ ERROR
    cron = "0 22-2 * * *", //~ ERROR
)]
async fn others() {}

fn main() {}
