#[jobs::test(postgre)] //~ ERROR
async fn one() {}

#[jobs::test(postgres = "postgres://localhost")] //~ ERROR
async fn two() {}

#[jobs::test(flavor = "multi_threaded")] //~ ERROR
async fn three() {}

#[jobs::test(flavor)] //~ ERROR
async fn four() {}

#[jobs::test("postgres", worker_threads)] //~ ERROR
//~ ERROR
async fn five() {}

fn main() {}
