use jobs::job;

#[job]
async fn export(report: i64) -> String {
    report.to_string()
}

#[job]
async fn upload(#[input] file: u64, bucket: String) {
    let _ = (file, bucket);
}

fn main() {
    let _ = jobs::chain(Export { report: 7 }).then(Upload::after("b")); //~ ERROR
}
