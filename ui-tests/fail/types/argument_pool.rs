use jobs::job;

struct PgPool;

#[job]
async fn send(pool: PgPool) { //~ ERROR
    drop(pool);
}

fn main() {}
