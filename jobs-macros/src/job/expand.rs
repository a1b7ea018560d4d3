//! A checked job → tokens. Nothing is decided and nothing fails here.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::{
    handle::{self, Field},
    input, limits,
    parameters::{Default, Parameter, Role},
    parse::RawJob,
    recurring,
};
use crate::{item, level, names, options::value::Value, types, types::Output};

pub fn expand(job: &RawJob, tokens: TokenStream) -> TokenStream {
    let span = Span::mixed_site();
    let item = item::stripped(tokens);
    let Some(name) = &job.name else {
        // `check` has refused a function without a usable name.
        return item;
    };
    let fields: Vec<Field<'_>> = job
        .arguments()
        .filter_map(|argument| {
            Some(Field {
                name: argument.ident.clone()?,
                ty: Some(&argument.ty),
            })
        })
        .collect();
    let handle = handle::handle(job, name, &fields);
    let private = handle::private(job);
    let stored = match &job.options.name {
        Some(stored) => stored.value.clone(),
        None => names::plain(name),
    };
    let (items, level) = level::expand(&job.options, &names::plain(name), limits::data(job));
    let keys = limits::function(job);
    let keys_of = limits::from_stored(job, name);
    let decode = decode(job);
    let arguments = arguments(job);
    let view = view(job, name);
    let run = run(job, name);
    let (recurring_items, recurring) = recurring::expand(job).unzip();
    let definition = definition(job, &stored, &level, recurring);
    let (output, error) = job.output.types();
    let input = input::expand(job, name);
    let puts = job.arguments().enumerate().filter_map(|(at, argument)| {
        let (constant, field) = (constant(at), argument.ident.as_ref()?);
        Some(quote_spanned!(span=> #constant.put(args, &self.#field);))
    });
    quote_spanned! {span=>
        #item
        #handle
        #[doc(hidden)]
        #[allow(deprecated, unused_qualifications, clippy::all, clippy::pedantic, clippy::nursery)]
        const _: () = {
            use #private as __p;
            #items
            #arguments
            #view
            #run
            #keys_of
            #recurring_items
            #definition
            #[automatically_derived]
            impl __p::Job for #name {
                type Output = #output;
                type Error = #error;
                const NAME: &'static str = #stored;
                fn __definition() -> &'static __p::JobDef {
                    &__DEFINITION
                }
                fn __encode(&self, args: &mut __p::ArgsWriter) {
                    let _ = &args;
                    #(#puts)*
                }
                #decode
                #keys
            }
            #input
            __p::inventory::submit! { __p::Registered(&__DEFINITION) }
        };
    }
}

pub fn constant(at: usize) -> Ident {
    format_ident!("__ARG_{at}", span = Span::mixed_site())
}

/// One constant per argument: the only place that asks whether its type can be stored.
fn arguments(job: &RawJob) -> TokenStream {
    let constants = job.arguments().enumerate().map(|(at, argument)| {
        let (constant, ty, stored) = (constant(at), &argument.ty, argument.stored_name());
        quote!(const #constant: __p::Arg<#ty> = __p::arg::<#ty>(#stored);)
    });
    quote!(#(#constants)*)
}

/// The job from its stored arguments, for patterns in tests.
fn decode(job: &RawJob) -> Option<TokenStream> {
    if !cfg!(any(feature = "testing", test)) {
        return None;
    }
    let span = Span::mixed_site();
    let fields = stored_fields(job);
    Some(quote_spanned! {span=>
        fn __decode(
            args: &__p::ArgsReader,
        ) -> __p::std::result::Result<Self, __p::DeserializationError> {
            let _ = &args;
            __p::std::result::Result::Ok(Self { #(#fields),* })
        }
    })
}

/// Each field with its value, read from `args`.
fn stored_fields(job: &RawJob) -> Vec<TokenStream> {
    let span = Span::mixed_site();
    let mut at = 0;
    let fields = job.parameters.iter().filter_map(|parameter| {
        let Role::Argument(argument) = &parameter.role else {
            return None;
        };
        let (constant, field) = (constant(at), parameter.ident.as_ref()?);
        at += 1;
        let value = match default(parameter, argument.default.as_ref()) {
            Some(default) => quote_spanned!(span=> #constant.take_or(args, || #default)?),
            None => quote_spanned!(span=> #constant.take(args)?),
        };
        Some(quote!(#field: #value))
    });
    fields.collect()
}

/// How the error is looked at: needed only if there can be one.
fn view(job: &RawJob, name: &Ident) -> TokenStream {
    if !matches!(job.output, Output::Result { .. }) {
        return TokenStream::new();
    }
    quote_spanned! {Span::mixed_site()=>
        fn __view(error: &<#name as __p::Job>::Error) -> __p::ErrorView<'_> {
            #[allow(unused_imports)]
            use __p::{ViaAny as _, ViaAsRef as _, ViaDisplay as _, ViaError as _};
            (&&&&__p::Probe(error)).view()
        }
    }
}

fn run(job: &RawJob, name: &Ident) -> TokenStream {
    let span = Span::mixed_site();
    let mut at = 0;
    let (mut lets, mut values) = (Vec::new(), Vec::new());
    // What it takes by `&mut` lives in its future, and all else is borrowed before that.
    let moves = job.takes_by_mut();
    for (index, parameter) in job.parameters.iter().enumerate() {
        let local = format_ident!("value_{index}", span = span);
        match &parameter.role {
            Role::Argument(argument) => {
                let constant = constant(at);
                at += 1;
                lets.push(match default(parameter, argument.default.as_ref()) {
                    Some(default) => quote_spanned! {span=>
                        let #local = #constant.take_or(&invocation.args, || #default)?;
                    },
                    None => quote_spanned!(span=> let #local = #constant.take(&invocation.args)?;),
                });
                values.push(quote!(#local));
            }
            Role::State => {
                let (referent, stored) = (referent(&parameter.ty), parameter.stored_name());
                lets.push(
                    quote_spanned!(span=> let #local = invocation.state::<#referent>(#stored)?;),
                );
                values.push(quote!(#local));
            }
            Role::Context(_) | Role::Refused => {
                let place = crate::spanned::Place::of(&parameter.ty);
                let span = span.located_at(place.start);
                if moves {
                    lets.push(quote_spanned!(span=> let #local = &invocation.ctx;));
                    values.push(quote_spanned!(span=> #local));
                } else {
                    values.push(quote_spanned!(span=> &invocation.ctx));
                }
            }
            Role::Transaction(_) => {
                let (referent, stored) = (referent(&parameter.ty), parameter.stored_name());
                lets.push(quote_spanned! {span=>
                    let mut #local = invocation.transaction::<#referent>(#stored)?;
                });
                values.push(quote!(#local.lend()));
            }
            Role::Flow(_) => {
                let place = crate::spanned::Place::of(&parameter.ty);
                let span = span.located_at(place.start);
                lets.push(quote_spanned!(span=> let mut #local = invocation.flow();));
                values.push(quote_spanned!(span=> &mut #local));
            }
        }
    }
    let function = &job.function.signature.ident;
    let fallible = matches!(job.output, Output::Result { .. });
    // Under the function's name, so that a future that is not `Send` is reported there.
    let here = span.located_at(job.name_span());
    let mut call = quote_spanned!(here=> #function(#(#values),*));
    if moves {
        call = quote_spanned!(here=> async move { #call.await });
    }
    let view = fallible.then(|| quote_spanned!(here=> , __view));
    let caller = match (job.is_blocking(), fallible) {
        (false, true) => quote_spanned!(here=> __p::call::<#name, _>),
        (false, false) => quote_spanned!(here=> __p::call_plain::<#name, _>),
        (true, true) => quote_spanned!(here=> __p::call_blocking::<#name>),
        (true, false) => quote_spanned!(here=> __p::call_blocking_plain::<#name>),
    };
    let called = quote_spanned!(here=> #caller(#call #view));
    let (lifetime, invocation, finished) = if job.is_blocking() {
        (
            quote!(),
            quote_spanned!(span=> &mut),
            quote_spanned!(span=> __p::Finished),
        )
    } else {
        (
            quote_spanned!(span=> <'a>),
            quote_spanned!(span=> &'a mut),
            quote_spanned!(span=> __p::BoxFuture<'a, __p::Finished>),
        )
    };
    quote_spanned! {span=>
        fn __run #lifetime (
            invocation: #invocation __p::Invocation,
        ) -> __p::std::result::Result<#finished, __p::Unready> {
            let _ = &invocation;
            #(#lets)*
            __p::std::result::Result::Ok(#called)
        }
    }
}

pub fn default(parameter: &Parameter, default: Option<&Default>) -> Option<TokenStream> {
    Some(match default? {
        Default::OfType(span) => {
            let ty = &parameter.ty;
            quote_spanned!(*span=> <#ty as __p::std::default::Default>::default())
        }
        Default::Value(expr) => converted(parameter, expr),
    })
}

/// A value for a parameter: a literal text where a `String` is wanted becomes one.
pub fn converted(parameter: &Parameter, expr: &syn::Expr) -> TokenStream {
    let text = Value {
        name: "default",
        example: "",
        expr,
    }
    .is_text();
    if text && types::is_string(&parameter.ty) {
        quote!(__p::std::convert::Into::into(#expr))
    } else {
        quote!(#expr)
    }
}

/// The type behind the reference.
fn referent(of: &syn::Type) -> &syn::Type {
    match of {
        syn::Type::Reference(reference) => types::ungrouped(&reference.elem),
        of => of,
    }
}

fn definition(
    job: &RawJob,
    stored: &str,
    level: &TokenStream,
    recurring: Option<TokenStream>,
) -> TokenStream {
    let options = &job.options;
    let recurring = option(recurring);
    let aliases = options.aliases.iter().map(|alias| &alias.value);
    let version = options.version.as_ref().map_or(1, |version| version.value);
    let upcast = option(options.upcast.as_ref().map(|path| quote!(#path)));
    let base = option(
        options
            .base
            .as_ref()
            .map(|path| quote!(<#path as __p::Base>::BASE)),
    );
    let arguments = job.arguments().enumerate().map(|(at, argument)| {
        let constant = constant(at);
        let required = !recurring::has_default(argument);
        let redacted = options
            .redact
            .iter()
            .any(|name| Some(name) == argument.ident.as_ref());
        quote!(#constant.definition(#redacted, #required))
    });
    let states = job
        .parameters
        .iter()
        .filter(|p| matches!(p.role, Role::State))
        .map(|state| {
            let (referent, stored) = (referent(&state.ty), state.stored_name());
            quote!(__p::StateDef::of::<#referent>(#stored))
        });
    let tx = job
        .parameters
        .iter()
        .find(|p| matches!(p.role, Role::Transaction(_)));
    let tx = option(tx.map(|tx| {
        let (referent, stored) = (referent(&tx.ty), tx.stored_name());
        quote!(__p::TxDef::of::<#referent>(#stored))
    }));
    let run = if job.is_blocking() {
        quote!(Blocking)
    } else {
        quote!(Async)
    };
    quote! {
        static __DEFINITION: __p::JobDef = __p::JobDef {
            name: #stored,
            aliases: &[#(#aliases),*],
            location: __p::Location { file: __p::std::file!(), line: __p::std::line!() },
            version: #version,
            upcast: #upcast,
            args: &[#(#arguments),*],
            states: &[#(#states),*],
            tx: #tx,
            run: __p::Run::#run(__run),
            level: #level,
            base: #base,
            recurring: #recurring,
        };
    }
}

pub(super) fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(__p::std::option::Option::Some(#value)),
        None => quote!(__p::std::option::Option::None),
    }
}
