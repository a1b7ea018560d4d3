//! `#[jobs::base]`: parse, check, then expand or recover.

mod expand;
mod parse;
mod recover;

use proc_macro2::TokenStream;

use crate::{errors::Errors, level};

/// The attribute.
pub fn attribute(options: TokenStream, tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let base = parse::parse(options, &tokens, &mut errors);
    level::check::check(&base.options, &mut errors);
    match errors.finish() {
        Ok(()) => expand::expand(&base, tokens),
        Err(reported) => recover::recover(&base, tokens, &reported),
    }
}
