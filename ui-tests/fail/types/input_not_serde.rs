use jobs::job;

pub struct File;

#[job]
async fn upload(
    #[input] file: File, //~ ERROR
) {
    let _ = file;
}

fn main() {}
