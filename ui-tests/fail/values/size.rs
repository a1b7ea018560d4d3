use jobs::job;

#[job(
    logs = 64, //~ ERROR
)]
async fn number() {}

#[job(
    logs = "64KB", //~ ERROR
)]
async fn unit() {}

#[job(
    logs = "2MiB", //~ ERROR
)]
async fn large() {}

#[job(
    logs = "0KiB", //~ ERROR
)]
async fn zero() {}

fn main() {}
