use jobs::job;

#[job(
    base = "ApplicationJob", //~ ERROR
    struct_name = a::B, //~ ERROR
    queues = 3, //~ ERROR
    upcast = "older", //~ ERROR
    version = 2,
)]
async fn send() {}

fn main() {}
