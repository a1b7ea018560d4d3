use jobs::job;

#[job(cron = "0 9 * *")] //~ ERROR
async fn too_few() {}

#[job(cron = "0 0 9 * * * 2027")] //~ ERROR
async fn too_many() {}

#[job(cron = "")] //~ ERROR
async fn none() {}

fn main() {}
