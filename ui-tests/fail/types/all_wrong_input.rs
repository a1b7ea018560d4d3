use jobs::job;

#[job]
async fn users(day: u32) -> u64 {
    day.into()
}

#[job]
async fn revenue(day: u32) -> String {
    day.to_string()
}

#[job]
async fn report(#[input] parts: (u64, u64)) {
    let _ = parts;
}

fn main() {
    let both = jobs::all((Users { day: 1 }, Revenue { day: 1 }));
    let _ = jobs::chain(both).then(Report::after()); //~ ERROR
}
