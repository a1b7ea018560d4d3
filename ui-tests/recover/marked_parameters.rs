use jobs::job;

#[job(queu = low)] //~ ERROR
async fn send(#[state] db: &u8, #[ctx] ctx: &jobs::JobContext, #[arg(default)] n: u8) {
    let _ = (db, ctx, n);
}

fn main() {
    let _ = Send::perform_later(1);
}
