use jobs::job;

#[job]
async fn upload(#[input] file: String) {
    let _ = file;
}

fn main() {
    let _ = jobs::chain(Upload::after()); //~ ERROR //~ ERROR (the compiler says it of the call as well)
}
