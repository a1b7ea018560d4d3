//! Hooks → thin functions with the runtime's signature.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Path;

use crate::{spanned::Place, text};

/// One list of hooks: the functions, and the table that names them.
pub fn list(hook: &str, unique: &str, paths: &[Path], items: &mut TokenStream) -> TokenStream {
    let entries = paths.iter().enumerate().map(|(at, path)| {
        let name = format_ident!("__{hook}_{unique}{at}", span = Span::mixed_site());
        items.extend(function(hook, &name, path));
        let text = text::of(path);
        quote!(__p::Named { name: #text, call: #name })
    });
    let entries: Vec<_> = entries.collect();
    quote!(&[#(#entries),*])
}

fn function(hook: &str, name: &Ident, path: &Path) -> TokenStream {
    // Errors in the call show at the user's path, names resolve as ours.
    let span = Span::mixed_site().located_at(Place::of(path).start);
    let (parameters, arguments, value) = match hook {
        "before_perform" => (
            quote_spanned!(span=> ctx: &'a __p::JobContext),
            quote_spanned!(span=> ctx),
            quote_spanned!(span=> __p::std::result::Result<(), __p::BoxError>),
        ),
        "around_perform" => (
            quote_spanned!(span=> ctx: &'a __p::JobContext, next: __p::Next<'a>),
            quote_spanned!(span=> ctx, next),
            quote_spanned!(span=> __p::Outcome),
        ),
        "after_perform" => (
            quote_spanned!(span=> ctx: &'a __p::JobContext, outcome: &'a __p::Outcome),
            quote_spanned!(span=> ctx, outcome),
            quote_spanned!(span=> ()),
        ),
        "before_enqueue" => (
            quote_spanned!(span=> job: &'a mut __p::EnqueueInfo),
            quote_spanned!(span=> job),
            quote_spanned!(span=> __p::std::ops::ControlFlow<__p::Halt>),
        ),
        "around_enqueue" => (
            quote_spanned!(span=> job: &'a mut __p::EnqueueInfo, next: __p::NextEnqueue<'a>),
            quote_spanned!(span=> job, next),
            quote_spanned!(span=> __p::std::result::Result<(), __p::Error>),
        ),
        "after_enqueue" => (
            quote_spanned!(span=> job: &'a __p::EnqueueInfo),
            quote_spanned!(span=> job),
            quote_spanned!(span=> ()),
        ),
        _ => (
            quote_spanned!(span=> ctx: &'a __p::JobContext, error: &'a __p::JobError),
            quote_spanned!(span=> ctx, error),
            quote_spanned!(span=> ()),
        ),
    };
    let called = quote_spanned!(span=> (&__p::Called::new(#path(#arguments))).boxed());
    let called = match hook {
        "before_perform" => quote_spanned!(span=> __p::fallible(#called)),
        _ => called,
    };
    quote_spanned! {span=>
        fn #name<'a>(#parameters) -> __p::BoxFuture<'a, #value> {
            #[allow(unused_imports)]
            use __p::{CalledAsync as _, CalledSync as _};
            #called
        }
    }
}
