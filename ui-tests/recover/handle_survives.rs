use jobs::job;

#[job(queu = low)] //~ ERROR
async fn send(id: u64, name: String) -> Result<u8, String> {
    let _ = (id, name);
    Ok(1)
}

fn main() {
    let _ = Send::perform_later(1, "ann");
    let _ = Send::perform_now(1, "ann");
    let _ = Send { id: 1, name: String::new() };
    let _ = send(1, String::new());
}
