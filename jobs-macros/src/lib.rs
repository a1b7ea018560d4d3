//! The attribute and macros of the `jobs` crate.

#![allow(
    unreachable_pub,
    reason = "a proc-macro crate exports macros only: `pub` says what a module offers to its neighbours"
)]

mod base;
mod errors;
mod item;
mod job;
mod level;
mod names;
mod options;
#[cfg(test)]
mod paths;
mod queues;
mod spanned;
mod suggest;
mod text;
mod types;

use proc_macro::TokenStream;

/// Makes a background job of an `async fn`.
#[proc_macro_attribute]
pub fn job(options: TokenStream, item: TokenStream) -> TokenStream {
    job::attribute(options.into(), item.into()).into()
}

/// Makes a unit struct a base.
#[proc_macro_attribute]
pub fn base(options: TokenStream, item: TokenStream) -> TokenStream {
    base::attribute(options.into(), item.into()).into()
}

/// Declares queues.
#[proc_macro]
pub fn queues(input: TokenStream) -> TokenStream {
    queues::declare(input.into()).into()
}
