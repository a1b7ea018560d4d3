use jobs::job;

use std::borrow::Cow;

#[job]
async fn send(a: Option<&str>, b: (u8, &str), c: Cow<'_, str>) {} //~ ERROR //~ ERROR //~ ERROR

fn main() {}
