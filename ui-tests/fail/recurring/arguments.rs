use jobs::job;

#[job(cron = "0 9 * * *")]
async fn digest(user_id: i64, #[arg(default)] copies: u8) {} //~ ERROR

#[job(every = "5m", args = { user_id = 1 })]
async fn several(user_id: i64, other: String) {} //~ ERROR

fn main() {}
