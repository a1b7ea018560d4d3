//! `queues!`: parse, check, then expand; after errors the well-formed queues are declared all the same.

mod check;
mod expand;
mod parse;

use proc_macro2::TokenStream;

use crate::errors::Errors;

/// The macro.
pub fn declare(tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let mut raw = parse::parse(tokens, &mut errors);
    check::check(&mut raw, &mut errors);
    let declared = expand::expand(&raw);
    match errors.finish() {
        Ok(()) => declared,
        Err(reported) => quote::quote!(#declared #reported),
    }
}
