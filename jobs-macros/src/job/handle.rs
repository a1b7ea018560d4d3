//! The type that stands for the job, with `perform_later` and `perform_now`. The same after an error, as far as it is known.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, Type};

use super::parse::RawJob;
use crate::types;

/// A parameter of `perform_later`; a field, if its type is known.
pub struct Field<'a> {
    pub name: Ident,
    pub ty: Option<&'a Type>,
}

/// Where the runtime is.
pub fn private(job: &RawJob) -> TokenStream {
    match &job.options.krate {
        Some(path) => quote!(#path::__private),
        None => quote!(::jobs::__private),
    }
}

/// Type and methods.
pub fn handle(job: &RawJob, name: &Ident, fields: &[Field<'_>]) -> TokenStream {
    let private = private(job);
    let vis = &job.function.vis;
    let docs = docs(job);
    let derives = derives(job);
    let definition = definition(name, fields);
    let methods = [
        method(
            job,
            fields,
            "perform_later",
            "Enqueues the job: nothing is stored before `.await`.",
            &{ quote!(#private::Enqueue<<Self as #private::Job>::Output>) },
            &quote!(#private::Enqueue::__new),
        ),
        method(
            job,
            fields,
            "perform_now",
            "Runs the job here and now, without storing it.",
            &{ quote!(#private::PerformNow<Self>) },
            &quote!(#private::PerformNow::__new),
        ),
    ];
    quote! {
        #docs
        #derives
        #[allow(dead_code)]
        #vis #definition
        #[automatically_derived]
        #[allow(dead_code, clippy::too_many_arguments, clippy::pedantic)]
        impl #name {
            #(#methods)*
        }
    }
}

fn docs(job: &RawJob) -> TokenStream {
    let written: Vec<&Attribute> = job
        .function
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .collect();
    if written.is_empty() {
        let doc = format!("The job that runs `{}`.", job.function.signature.ident);
        return quote!(#[doc = #doc]);
    }
    quote!(#(#written)*)
}

fn derives(job: &RawJob) -> TokenStream {
    let derives = &job.options.derives;
    if derives.is_empty() {
        return TokenStream::new();
    }
    quote!(#[derive(#(#derives),*)])
}

fn definition(name: &Ident, fields: &[Field<'_>]) -> TokenStream {
    let span = name.span();
    let keyword = quote_spanned!(span=> struct);
    if fields.is_empty() {
        return quote!(#keyword #name;);
    }
    let fields = fields.iter().filter_map(|field| {
        let (name, ty) = (&field.name, field.ty?);
        let doc = format!("The argument `{name}`.");
        Some(quote!(#[doc = #doc] pub #name: #ty,))
    });
    quote!(#keyword #name { #(#fields)* })
}

fn method(
    job: &RawJob,
    fields: &[Field<'_>],
    name: &str,
    doc: &str,
    returns: &TokenStream,
    new: &TokenStream,
) -> TokenStream {
    let private = private(job);
    // The compiler's note "associated function defined here" then shows the function.
    let name = Ident::new(name, job.name_span());
    let parameters = fields.iter().map(|Field { name, ty }| match ty {
        Some(ty) if types::is_string(ty) => quote!(#name: impl #private::std::convert::Into<#ty>),
        Some(ty) => quote!(#name: #ty),
        None => quote!(#name: impl #private::std::marker::Sized),
    });
    let values = fields.iter().filter_map(|Field { name, ty }| match ty {
        Some(ty) if types::is_string(ty) => {
            Some(quote!(#name: #private::std::convert::Into::into(#name)))
        }
        Some(_) => Some(quote!(#name)),
        None => None,
    });
    let unknown = fields
        .iter()
        .filter(|field| field.ty.is_none())
        .map(|field| &field.name);
    let span = Span::mixed_site();
    let value = if fields.is_empty() {
        quote!(Self)
    } else {
        quote!(Self { #(#values),* })
    };
    quote_spanned! {span=>
        #[doc = #doc]
        pub fn #name(#(#parameters),*) -> #returns {
            #(let _ = #unknown;)*
            #new(#value)
        }
    }
}
