//! Queues → `pub mod queues`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::parse::{RawQueue, RawQueues};

pub fn expand(all: &RawQueues) -> TokenStream {
    // A path of the user's is good outside the module only.
    let (import, private) = match &all.krate {
        Some(path) => (
            quote!(#[doc(hidden)] use #path::__private as __jobs_of_queues;),
            quote!(super::__jobs_of_queues),
        ),
        None => (TokenStream::new(), quote!(::jobs::__private)),
    };
    let constants = all.queues.iter().map(|queue| constant(queue, &private));
    let names: Vec<_> = all.queues.iter().map(|queue| &queue.ident).collect();
    quote_spanned! {Span::mixed_site()=>
        #import
        #[doc = "The queues declared here; [`ALL`](self::ALL) lists them."]
        #[allow(non_upper_case_globals)]
        pub mod queues {
            #(#constants)*
            #[doc = "Every queue declared here."]
            pub const ALL: &[#private::Queue] = &[#(#names),*];
            const _: () = {
                use #private as __p;
                #(
                    __p::inventory::submit! {
                        __p::DeclaredQueue {
                            queue: super::queues::#names,
                            location: __p::Location { file: __p::std::file!(), line: __p::std::line!() },
                        }
                    }
                )*
            };
        }
    }
}

fn constant(queue: &RawQueue, private: &TokenStream) -> TokenStream {
    let (ident, stored) = (&queue.ident, queue.stored_name());
    let weight = queue.weight.as_ref().map_or(1, |weight| weight.value);
    let paused = queue.paused;
    let priority = queue.priority.clone().unwrap_or_else(|| quote!(0));
    let docs = if queue.docs.is_empty() {
        let doc = format!("The queue `{stored}`.");
        quote!(#[doc = #doc])
    } else {
        let docs = &queue.docs;
        quote!(#(#docs)*)
    };
    quote! {
        #docs
        pub const #ident: #private::Queue = #private::Queue::__new(#stored, #weight, #priority, #paused);
    }
}
