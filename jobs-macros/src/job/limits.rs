//! Keys over the arguments: what they may not say, and the function that writes them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::{
    expand::{constant, default},
    parameters::Role,
    parse::RawJob,
};
use crate::{
    errors::Errors,
    names,
    options::limits::{Key, Unique},
    suggest,
};

/// The three options with what each says of the arguments.
fn keys(job: &RawJob) -> impl Iterator<Item = (&'static str, Option<&Key>)> {
    let options = &job.options;
    let unique = options.unique.as_ref();
    let unique = unique.map(|unique| ("Unique", unique.by.as_ref()));
    let slots = options.concurrency.as_ref();
    let slots = slots.map(|limit| ("Concurrency", limit.key.as_ref()));
    let rate = options.rate_limit.as_ref();
    let rate = rate.map(|limit| ("Rate", limit.key.as_ref()));
    unique.into_iter().chain(slots).chain(rate)
}

pub fn check(job: &RawJob, errors: &mut Errors) {
    for (_, key) in keys(job) {
        if let Some(Key::Fields(fields) | Key::Closure(fields, _)) = key {
            for field in fields {
                is_an_argument(job, field, errors);
            }
        }
    }
    if let Some(unique) = &job.options.unique {
        pairs_mean_something(unique, errors);
    }
}

fn is_an_argument(job: &RawJob, field: &Ident, errors: &mut Errors) {
    let known: Vec<String> = job
        .arguments()
        .filter(|argument| argument.input().is_none())
        .filter_map(|argument| argument.ident.as_ref().map(names::plain))
        .collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let name = names::plain(field);
    if known.contains(&name.as_str()) {
        return;
    }
    let other = job
        .parameters
        .iter()
        .any(|parameter| parameter.ident.as_ref().map(names::plain).as_deref() == Some(&name));
    if other {
        errors.push(
            field.span(),
            format!("`{name}` is no stored argument, so it is not known when the job is enqueued"),
            "name an argument",
        );
        return;
    }
    let help = if known.is_empty() {
        "the job has no arguments: leave it out".to_owned()
    } else {
        suggest::help(&name, &known, "the arguments are")
    };
    errors.push(field.span(), format!("no argument named `{name}`"), help);
}

fn pairs_mean_something(unique: &Unique, errors: &mut Errors) {
    let until = unique.until.as_ref().map_or("executed", |word| word.value);
    if let (Some(word), "expired", None) = (&unique.until, until, &unique.ttl) {
        errors.push(
            word.at,
            "`until = \"expired\"` needs `ttl`: nothing else would free the key",
            "add `ttl = \"1h\"`",
        );
    }
    if until != "while_executing" {
        return;
    }
    if let Some(word) = unique
        .on_conflict
        .as_ref()
        .filter(|word| word.value != "reject")
    {
        errors.push(
            word.at,
            format!("`on_conflict = \"{}\"` has no meaning with `until = \"while_executing\"`: every job is enqueued and waits for its turn", word.value),
            "remove `on_conflict`, or write `until = \"executed\"`",
        );
    }
    if let Some(ttl) = &unique.ttl {
        errors.push(
            ttl.at,
            "`ttl` has no meaning with `until = \"while_executing\"`: the key is freed when the run ends, also by a crash",
            "remove `ttl`, or write `timeout` to bound the run",
        );
    }
}

/// `Limits { … }`, if the job has any.
pub fn data(job: &RawJob) -> Option<TokenStream> {
    let options = &job.options;
    let mut fields = TokenStream::new();
    if let Some(unique) = &options.unique {
        let until = match unique.until.as_ref().map_or("executed", |word| word.value) {
            "executing" => quote!(Executing),
            "expired" => quote!(Expired),
            "while_executing" => quote!(WhileExecuting),
            _ => quote!(Executed),
        };
        let conflict = match unique
            .on_conflict
            .as_ref()
            .map_or("reject", |word| word.value)
        {
            "error" => quote!(Error),
            "replace" => quote!(Replace),
            "reschedule" => quote!(Reschedule),
            "log" => quote!(Log),
            "dead" => quote!(Dead),
            _ => quote!(Reject),
        };
        let ttl = super::expand::option(unique.ttl.as_ref().map(|ttl| duration(ttl.value)));
        fields.extend(quote! {
            unique: __p::std::option::Option::Some(__p::Unique {
                until: __p::Until::#until,
                ttl: #ttl,
                on_conflict: __p::OnConflict::#conflict,
            }),
        });
    }
    if let Some(concurrency) = &options.concurrency {
        let (limit, discard, fair) = (&concurrency.limit, concurrency.discard, concurrency.fair);
        let group = super::expand::option(concurrency.group.as_ref().map(|group| quote!(#group)));
        fields.extend(quote! {
            concurrency: __p::std::option::Option::Some(__p::Concurrency {
                limit: #limit,
                group: #group,
                discard: #discard,
                fair: #fair,
            }),
        });
    }
    if let Some(rate) = &options.rate_limit {
        let (count, per) = (&rate.count, duration(rate.per.unwrap_or_default()));
        fields.extend(quote! {
            rate: __p::std::option::Option::Some(__p::RateLimit { count: #count, per: #per }),
        });
    }
    (!fields.is_empty()).then(|| {
        quote!(__p::Limits {
            #fields
            keys: __p::std::option::Option::Some(__keys_of),
            ..__p::Limits::NONE
        })
    })
}

fn duration(milliseconds: u64) -> TokenStream {
    quote!(__p::std::time::Duration::from_millis(#milliseconds))
}

/// The closure with the types of its parameters, which are known.
fn typed(job: &RawJob, fields: &[Ident], closure: &syn::ExprClosure) -> syn::ExprClosure {
    let mut closure = closure.clone();
    for (input, field) in closure.inputs.iter_mut().zip(fields) {
        let of = job
            .arguments()
            .find(|argument| argument.ident.as_ref() == Some(field));
        if let (syn::Pat::Ident(_), Some(of)) = (&*input, of) {
            let (pattern, ty) = (input.clone(), &of.ty);
            *input = syn::Pat::Type(syn::PatType {
                attrs: Vec::new(),
                pat: Box::new(pattern),
                colon_token: syn::Token![:](field.span()),
                ty: Box::new(syn::parse_quote!(&#ty)),
            });
        }
    }
    closure
}

/// `fn __keys_of`, which makes the keys from stored arguments.
pub fn from_stored(job: &RawJob, name: &Ident) -> Option<TokenStream> {
    keys(job).next()?;
    let span = Span::mixed_site();
    let mut at = 0;
    // Without what a chain fills there is no whole job.
    let whole = job.input().is_none();
    let fields = job.parameters.iter().filter_map(|parameter| {
        let Role::Argument(argument) = &parameter.role else {
            return None;
        };
        let (constant, field) = (constant(at), parameter.ident.as_ref()?);
        at += 1;
        if argument.input.is_some() {
            return None;
        }
        let value = match default(parameter, argument.default.as_ref()) {
            Some(default) => quote_spanned!(span=> #constant.take_or(args, || #default)?),
            None => quote_spanned!(span=> #constant.take(args)?),
        };
        Some(if whole {
            quote!(#field: #value)
        } else {
            quote!(let #field = #value;)
        })
    });
    let fields: Vec<_> = fields.collect();
    let body = if whole {
        quote_spanned! {span=>
            let job = #name { #(#fields),* };
            __p::Job::__keys(&job, keys);
        }
    } else {
        let writes = writes(job, &|field| quote!(#field));
        quote!(#(#fields)* #(#writes)*)
    };
    Some(quote_spanned! {span=>
        fn __keys_of(
            args: &__p::ArgsReader,
            keys: &mut __p::KeyWriter,
        ) -> __p::std::result::Result<(), __p::DeserializationError> {
            let _ = &args;
            #body
            __p::std::result::Result::Ok(())
        }
    })
}

/// `fn __keys`, if the job has keys.
pub fn function(job: &RawJob) -> Option<TokenStream> {
    let span = Span::mixed_site();
    let writes = writes(job, &|field| quote_spanned!(span=> self.#field));
    if writes.is_empty() {
        return None;
    }
    Some(quote_spanned! {span=>
        #[allow(unused_variables, unused_parens)]
        fn __keys(&self, keys: &mut __p::KeyWriter) {
            #(#writes)*
        }
    })
}

/// What writes the keys; `at` says how an argument is reached.
fn writes(job: &RawJob, at: &dyn Fn(&Ident) -> TokenStream) -> Vec<TokenStream> {
    let span = Span::mixed_site();
    let mut writes = Vec::new();
    for (of, key) in keys(job) {
        let of = format_ident!("{of}");
        // What a chain fills is not known when the job is enqueued.
        let all: Vec<Ident> = job
            .arguments()
            .filter(|argument| argument.input().is_none())
            .filter_map(|argument| argument.ident.clone())
            .collect();
        let whole = Key::Fields(all.clone());
        let key = match key {
            Some(key) => key,
            // A unique key is all arguments unless it says which; a limit is one for all jobs.
            None if of == "Unique" => &whole,
            None => {
                writes.push(quote_spanned!(span=> keys.value(__p::KeyOf::#of, &());));
                continue;
            }
        };
        writes.push(match key {
            Key::Fields(fields) => {
                let puts = job.arguments().enumerate().filter_map(|(n, argument)| {
                    let field = argument.ident.as_ref()?;
                    let wanted = fields.iter().any(|name| name == field);
                    let (constant, reached) = (constant(n), at(field));
                    wanted.then(|| quote_spanned!(span=> #constant.put(fields, &#reached);))
                });
                quote_spanned! {span=>
                    let fields = keys.fields(__p::KeyOf::#of);
                    let _ = &fields;
                    #(#puts)*
                }
            }
            Key::Value(expr) => {
                let here = span.located_at(expr.span());
                let value = quote_spanned!(here=> keys.value(__p::KeyOf::#of, &(#expr)));
                let reached = all.iter().map(at);
                quote_spanned! {span=>
                    {
                        #(let #all = &#reached;)*
                        #value;
                    }
                }
            }
            Key::Closure(fields, closure) => {
                let here = span.located_at(closure.span());
                let closure = typed(job, fields, closure);
                let reached = fields.iter().map(at);
                let called = quote_spanned!(here=> (#closure)(#(&#reached),*));
                let value = quote_spanned!(here=> keys.value(__p::KeyOf::#of, &#called));
                quote_spanned!(span=> #value;)
            }
        });
    }
    writes
}
