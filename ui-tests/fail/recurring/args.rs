use jobs::job;

#[job(cron = "0 9 * * *", args = { usr_id = 1 })] //~ ERROR
async fn typo(user_id: i64) {}

#[job(cron = "0 9 * * *", args = { user_id = 1 })] //~ ERROR
async fn no_arguments() {}

#[job(cron = "0 9 * * *", args = { user_id = 1, user_id = 2 })] //~ ERROR
async fn twice(user_id: i64) {}

#[job(cron = "0 9 * * *", args(user_id = 1))] //~ ERROR
async fn call(user_id: i64) {}

#[job(cron = "0 9 * * *", args = [1])] //~ ERROR
async fn list(user_id: i64) {}

#[job(cron = "0 9 * * *", args = 1)] //~ ERROR
async fn value(user_id: i64) {}

#[job(cron = "0 9 * * *", args = { 1 })] //~ ERROR
async fn unnamed(user_id: i64) {}

#[job(cron = "0 9 * * *", args = {})] //~ ERROR
async fn empty(user_id: i64) {}

fn main() {}
