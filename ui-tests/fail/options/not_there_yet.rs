use jobs::job;

#[job(
    cron = "x", //~ ERROR
    every = "x", //~ ERROR
    timezone = "x", //~ ERROR
    description = "x", //~ ERROR
    catch_up = "x", //~ ERROR
    enabled = on, //~ ERROR
    args = { who = "ann" }, //~ ERROR
    logs = "64KiB", //~ ERROR
)]
async fn send() {}

fn main() {}
