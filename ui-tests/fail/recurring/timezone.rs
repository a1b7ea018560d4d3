use jobs::job;

#[job(cron = "0 9 * * *", timezone = "Europe/Berlim")] //~ ERROR
async fn typo() {}

#[job(cron = "0 9 * * *", timezone = "PST")] //~ ERROR
async fn abbreviation() {}

#[job(timezone = "Europe/Berlin")] //~ ERROR
async fn alone() {}

#[job(every = "5m", timezone = "Europe/Berlin")] //~ ERROR
async fn of_a_period() {}

fn main() {}
