//! `#[job]`: parse, check, then expand or recover.

mod check;
mod expand;
mod handle;
mod input;
mod limits;
mod parameters;
mod parse;
mod recover;
mod recurring;

use proc_macro2::TokenStream;

use crate::{errors::Errors, item};

/// The attribute.
pub fn attribute(options: TokenStream, tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let raw = match item::parse(&tokens) {
        item::Item::Function(function) => parse::parse(options, *function, &mut errors),
        other => {
            parse::options_alone(options, &other, &mut errors);
            return recover::item_only(tokens, errors);
        }
    };
    check::check(&raw, &mut errors);
    recurring::check(&raw, &mut errors);
    match errors.finish() {
        Ok(()) => expand::expand(&raw, tokens),
        Err(reported) => recover::recover(&raw, tokens, &reported),
    }
}
