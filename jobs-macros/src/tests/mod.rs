//! The macros as functions on tokens.

mod docs;
mod expansions;
mod fuzz;
mod names;
mod reference;

use proc_macro2::TokenStream;

fn tokens(source: &str) -> TokenStream {
    source.parse().expect("tokens")
}
