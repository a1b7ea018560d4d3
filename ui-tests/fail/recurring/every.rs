use jobs::job;

#[job(every = "5 fortnights")] //~ ERROR
async fn unit() {}

#[job(every = "0s")] //~ ERROR
async fn zero() {}

#[job(every = "100ms")] //~ ERROR
async fn short() {}

#[job(every = 5)] //~ ERROR
async fn number() {}

#[job(cron = "0 9 * * *", every = "5m")] //~ ERROR
async fn both() {}

#[job(cron = "0 9 * * *", cron = "0 9 * * *")] //~ ERROR
async fn twice() {}

fn main() {}
