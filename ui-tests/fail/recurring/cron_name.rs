use jobs::job;

#[job(cron = "0 9 * * MOM")] //~ ERROR
async fn day() {}

#[job(cron = "0 9 1 JUNE *")] //~ ERROR
async fn month() {}

#[job(cron = "@dialy")] //~ ERROR
async fn kin() {}

#[job(cron = "nightly at nine in the morning")] //~ ERROR
async fn words() {}

fn main() {}
