//! `crate = path`, where `jobs` has another name.
#![deny(warnings)]

mod my {
    pub use ::jobs as background;
}

my::background::queues! { crate = my::background, mailers }

#[my::background::base(crate = my::background, retry = 1)]
struct ApplicationJob;

#[my::background::job(crate = my::background, base = ApplicationJob, queue = "mailers")]
async fn send(user: u64, name: String) -> Result<(), String> {
    Err(format!("{user}{name}"))
}

fn main() {
    let _ = Send::perform_later(1, "ann");
}
