use jobs::job;

struct PgPool;

trait Mail {}

#[job]
async fn send(pool: &PgPool, mail: &dyn Mail) {} //~ ERROR //~ ERROR

fn main() {}
