use jobs::job;

#[job(
    cron = "x", //~ ERROR
    every = "x", //~ ERROR
    timezone = "x", //~ ERROR
    description = "x", //~ ERROR
    catch_up = "x", //~ ERROR
    enabled = on, //~ ERROR
    args = { who = "ann" }, //~ ERROR
    unique(by = [user]), //~ ERROR
    concurrency(limit = 2), //~ ERROR
    rate_limit(count = 100, per = "1m"), //~ ERROR
    logs = "64KiB", //~ ERROR
)]
async fn send() {}

fn main() {}
