//! What to emit beside the errors: the struct, and a base that says nothing.

use proc_macro2::TokenStream;
use quote::quote;

use super::{expand, parse::RawBase};
use crate::options::Options;

pub fn recover(base: &RawBase, item: TokenStream, reported: &TokenStream) -> TokenStream {
    let silent = RawBase {
        options: Options {
            krate: base.options.krate.clone(),
            ..Options::default()
        },
        name: base.name.clone(),
    };
    let item = expand::expand(&silent, item);
    quote!(#item #reported)
}
