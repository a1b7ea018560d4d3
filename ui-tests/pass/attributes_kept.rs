//! Other attributes stay where they are, above and below; `cfg` removes everything.
#![deny(warnings)]
use jobs::job;

#[allow(clippy::unused_async)]
/// Above.
#[job]
/// Below.
#[inline]
#[allow(unused_variables)]
async fn send(#[allow(unused_mut)] mut user: u64, other: u8) {}

#[cfg(any())]
#[job]
async fn gone(user: NoSuchType) {}

#[job]
#[cfg(any())]
async fn gone_too(user: NoSuchType) {}

struct Gone;
struct GoneToo;

macro_rules! make {
    ($name:ident, $ty:ty, $queue:literal, $wait:expr) => {
        #[job(name = $queue, retry_on(any, wait = $wait))]
        async fn $name(value: $ty, text: String) {
            let _ = (value, text);
        }
    };
}
make!(by_macro, u64, "by.macro", "3s");

fn main() {
    let _ = Send::perform_later(1, 2);
    let _ = (Gone, GoneToo, ByMacro::perform_later(1, "a"));
    assert_eq!(<ByMacro as jobs::Job>::NAME, "by.macro");
}
