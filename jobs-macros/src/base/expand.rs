//! A checked base → tokens.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::parse::RawBase;
use crate::{level, names};

pub fn expand(base: &RawBase, item: TokenStream) -> TokenStream {
    let Some(name) = &base.name else {
        return item;
    };
    let private = base.private();
    let (items, level) = level::expand(&base.options, &names::plain(name), None);
    let outer = match &base.options.base {
        Some(path) => quote!(__p::std::option::Option::Some(<#path as __p::Base>::BASE)),
        None => quote!(__p::std::option::Option::None),
    };
    quote_spanned! {Span::mixed_site()=>
        #item
        #[doc(hidden)]
        #[allow(deprecated, unused_qualifications, clippy::all, clippy::pedantic, clippy::nursery)]
        const _: () = {
            use #private as __p;
            #items
            static __BASE: __p::BaseDef = __p::BaseDef {
                location: __p::Location { file: __p::std::file!(), line: __p::std::line!() },
                level: #level,
                base: #outer,
            };
            #[automatically_derived]
            impl __p::Base for #name {
                const BASE: &'static __p::BaseDef = &__BASE;
            }
        };
    }
}
