use jobs::job;

#[job]
async fn export(report: i64) -> String {
    report.to_string()
}

// Its `#[input]` was forgotten.
#[job]
async fn upload(file: String, bucket: String) {
    let _ = (file, bucket);
}

fn main() {
    let _ = jobs::chain(Export { report: 7 }).then(Upload::after("b")); //~ ERROR
}
