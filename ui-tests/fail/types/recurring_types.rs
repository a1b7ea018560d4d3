use jobs::job;

#[job(cron = "0 9 * * *", args = { user_id = "ann" })] //~ ERROR
async fn wrong_value(user_id: i64) {}

fn sometimes() -> u8 {
    1
}

#[job(cron = "0 9 * * *", enabled = sometimes)] //~ ERROR
async fn wrong_function() {}

fn main() {}
