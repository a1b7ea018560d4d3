//! A small shop, and all that it leaves to jobs: see the README of this example.

pub mod app;
pub mod bank;
pub mod import;
pub mod mail;
pub mod metrics;
pub mod payments;
pub mod reports;
pub mod store;
pub mod web;

jobs::queues! {
    payments(weight = 4),
    mailers(weight = 2),
    default(weight = 2),
    low,
}
