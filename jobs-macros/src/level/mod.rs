//! What a job and a base have in common: options, rules, hooks.

pub mod check;
mod classify;
mod expand;
mod hooks;

pub use expand::expand;
