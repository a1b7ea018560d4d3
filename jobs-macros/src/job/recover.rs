//! What to emit beside the errors: the function as it is, and a type that keeps its users compiling.

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    handle::{self, Field},
    parse::RawJob,
};
use crate::{errors::Errors, item, types};

/// No type can be made of it.
pub fn item_only(tokens: TokenStream, errors: Errors) -> TokenStream {
    let reported = errors.finish().err();
    let item = item::salvaged(tokens);
    quote!(#item #reported)
}

pub fn recover(job: &RawJob, tokens: TokenStream, reported: &TokenStream) -> TokenStream {
    let item = item::salvaged(tokens);
    let stub = stub(job);
    quote!(#item #reported #stub)
}

fn stub(job: &RawJob) -> Option<TokenStream> {
    // Inside an `impl` or a trait a type would be another error.
    if job.has_receiver() || !job.function.has_body {
        return None;
    }
    let name = job.name.as_ref()?;
    if *name == job.function.signature.ident {
        return None;
    }
    let generics = &job.function.signature.generics;
    let generic = !generics.params.is_empty();
    let fields: Vec<Field<'_>> = job
        .arguments()
        .filter_map(|argument| {
            let known = !generic && types::unstorable(&argument.ty).is_none();
            Some(Field {
                name: argument.ident.clone()?,
                ty: known.then_some(&argument.ty),
            })
        })
        .collect();
    let handle = handle::handle(job, name, &fields);
    let private = handle::private(job);
    let (output, error) = if generic || job.has_opaque_output() {
        types::Output::Unit.types()
    } else {
        job.output.types()
    };
    Some(quote! {
        #handle
        const _: () = {
            use #private as __p;
            impl __p::Job for #name {
                type Output = #output;
                type Error = #error;
                const NAME: &'static str = "";
                fn __definition() -> &'static __p::JobDef {
                    __p::std::unreachable!()
                }
                fn __encode(&self, _: &mut __p::ArgsWriter) {}
            }
        };
    })
}
