//! `#[input]`: the job as a later link of a chain.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::{expand::constant, parse::RawJob};
use crate::{names, types};

/// `after(…)` and the trait that says what it comes after; nothing for a job without `#[input]`.
pub fn expand(job: &RawJob, name: &Ident) -> TokenStream {
    let Some((_, input)) = job.input() else {
        return TokenStream::new();
    };
    let span = Span::mixed_site();
    let (ty, stored) = (&input.ty, input.stored_name());
    let filled = input.ident.as_ref().map(names::plain).unwrap_or_default();
    let doc = format!("The job behind another one in a chain, whose output is its `{filled}`.");
    // The compiler's note "associated function defined here" then shows the function.
    let after = Ident::new("after", job.name_span());
    let others = || {
        job.arguments()
            .enumerate()
            .filter(|(_, argument)| argument.input().is_none())
            .filter_map(|(at, argument)| Some((at, argument.ident.as_ref()?, &argument.ty)))
    };
    let parameters = others().map(|(_, name, ty)| {
        if types::is_string(ty) {
            quote!(#name: impl __p::std::convert::Into<#ty>)
        } else {
            quote!(#name: #ty)
        }
    });
    let puts = others().map(|(at, name, ty)| {
        let constant = constant(at);
        if types::is_string(ty) {
            quote_spanned!(span=> #constant.put(args, &__p::std::convert::Into::<#ty>::into(#name));)
        } else {
            quote_spanned!(span=> #constant.put(args, &#name);)
        }
    });
    quote_spanned! {span=>
        #[automatically_derived]
        #[allow(dead_code, clippy::too_many_arguments, clippy::pedantic)]
        impl #name {
            #[doc = #doc]
            pub fn #after(#(#parameters),*) -> __p::After<Self> {
                __p::After::__new(|args| {
                    let _ = &args;
                    #(#puts)*
                })
            }
        }
        #[automatically_derived]
        impl __p::TakesInput for #name {
            type Input = #ty;
            const INPUT: &'static str = #stored;
        }
    }
}
