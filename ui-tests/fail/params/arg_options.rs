use jobs::job;

#[job]
async fn send(
    #[arg] a: u8, //~ ERROR
    #[arg(defualt)] b: u8, //~ ERROR
    #[arg(rename = other)] c: u8, //~ ERROR
    #[arg(default, default = 1)] d: u8, //~ ERROR
    #[arg(rename)] e: u8, //~ ERROR
) {
}

fn main() {}
