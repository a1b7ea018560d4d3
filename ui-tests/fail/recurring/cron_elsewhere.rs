use jobs::job;

#[job(cron = "0 9 * * * Europe/Pariss")] //~ ERROR
async fn zone() {}

#[job(cron = "every 5m")] //~ ERROR
async fn period() {}

#[job(cron = "@every 5m")] //~ ERROR
async fn period_of_others() {}

#[job(cron = "@reboot")] //~ ERROR
async fn start() {}

#[job(cron = 5)] //~ ERROR
async fn number() {}

fn main() {}
