use jobs::job;

#[job(
    catch_up = "one", //~ ERROR
    description = "Tidies up", //~ ERROR
    enabled = on, //~ ERROR
    args = { who = "ann" }, //~ ERROR
)]
async fn tidy(who: String) {}

fn main() {}
