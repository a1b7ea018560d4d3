//! `jobs::testing`: the kit, its drains, and every form of its assertions.

#![allow(
    clippy::unwrap_used,
    reason = "tests are to read as those of the guide do"
)]

mod assertions;
mod drains;
mod faults;
mod kits;
mod messages;
mod recurring;
mod server;
mod tasks;

jobs::queues! { default, critical(weight = 4), low }
