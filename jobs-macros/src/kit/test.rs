//! `#[jobs::test]`: an async function with a kit of its own.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use syn::{
    Attribute, FnArg, Signature, Visibility,
    parse::{ParseStream, Parser},
};

use super::{is, parts};
use crate::{errors::Errors, spanned::Place, suggest};

const OPTIONS: &[&str] = &["postgres", "flavor", "worker_threads", "setup", "crate"];
const FLAVORS: &[&str] = &["current_thread", "multi_thread"];
const EXAMPLE: &str = "`async fn welcomes(t: jobs::testing::TestJobs) { … }`";

/// The function under the attribute.
struct TestFn {
    attrs: Vec<Attribute>,
    vis: Visibility,
    sig: Signature,
    body: TokenStream,
}

/// What the attribute says.
#[derive(Default)]
struct Options {
    postgres: bool,
    multi_thread: bool,
    threads: Option<TokenStream>,
    setup: Option<TokenStream>,
    krate: Option<TokenStream>,
}

pub fn attribute(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let options = parse_options(options, &mut errors);
    let Ok(test) = function.parse2(item.clone()) else {
        errors.push(
            Place::of(&item),
            "`#[jobs::test]` belongs on an async function",
            format!("write {EXAMPLE}"),
        );
        return reported(errors, &item);
    };
    check(&test, &mut errors);
    match errors.finish() {
        Ok(()) => expand(&options, test),
        Err(reported) => quote!(#[allow(dead_code)] #item #reported),
    }
}

fn reported(errors: Errors, item: &TokenStream) -> TokenStream {
    match errors.finish() {
        Ok(()) => item.clone(),
        Err(reported) => quote!(#item #reported),
    }
}

fn function(input: ParseStream<'_>) -> syn::Result<TestFn> {
    Ok(TestFn {
        attrs: input.call(Attribute::parse_outer)?,
        vis: input.parse()?,
        sig: input.parse()?,
        body: input.parse()?,
    })
}

fn parse_options(tokens: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options::default();
    for part in flags(tokens) {
        let trees: Vec<TokenTree> = part.clone().into_iter().collect();
        let (Some(TokenTree::Ident(key)), rest) = (trees.first(), trees.get(1..)) else {
            errors.push(
                Place::of(&part),
                "this is no option",
                suggest::help("", OPTIONS, "the options are"),
            );
            continue;
        };
        let value: Option<TokenStream> = match rest {
            Some([equals, value @ ..]) if is(equals, '=') && !value.is_empty() => {
                Some(value.iter().cloned().collect())
            }
            _ => None,
        };
        option(&mut options, key, value, errors);
    }
    if options.threads.is_some() {
        options.multi_thread = true;
    }
    options
}

/// Parts between commas, flags included.
fn flags(tokens: TokenStream) -> Vec<TokenStream> {
    let parts = parts(tokens).into_iter();
    let split = parts.flat_map(|part| {
        let (mut all, mut one) = (Vec::new(), Vec::new());
        for tree in part {
            if is(&tree, ',') {
                all.push(
                    std::mem::take(&mut one)
                        .into_iter()
                        .collect::<TokenStream>(),
                );
            } else {
                one.push(tree);
            }
        }
        all.push(one.into_iter().collect());
        all
    });
    split.filter(|part| !part.is_empty()).collect()
}

fn option(options: &mut Options, key: &Ident, value: Option<TokenStream>, errors: &mut Errors) {
    let word = key.to_string();
    match (word.as_str(), value) {
        ("postgres", None) => options.postgres = true,
        ("postgres", Some(value)) => errors.push(
            Place::of(&value),
            "`postgres` takes no value",
            "write `#[jobs::test(postgres)]`; `TEST_POSTGRES_URL` names the server",
        ),
        ("flavor", Some(value)) => flavor(options, &value, errors),
        ("worker_threads", Some(value)) => options.threads = Some(value),
        ("setup", Some(value)) => options.setup = Some(value),
        ("crate", Some(value)) => options.krate = Some(value),
        (known, None) if OPTIONS.contains(&known) => {
            let example = match known {
                "flavor" => "flavor = \"multi_thread\"",
                "worker_threads" => "worker_threads = 2",
                "setup" => "setup = path::to::function",
                _ => "crate = path",
            };
            let help = format!("write `{example}`");
            errors.push(key.span(), format!("`{known}` needs a value"), help);
        }
        _ => errors.push(
            key.span(),
            format!("unknown option `{word}`"),
            suggest::help(&word, OPTIONS, "the options are"),
        ),
    }
}

fn flavor(options: &mut Options, value: &TokenStream, errors: &mut Errors) {
    let text = value.to_string();
    let word = text.trim_matches('"');
    if !FLAVORS.contains(&word) {
        let help = suggest::help(word, FLAVORS, "it is one of");
        errors.push(Place::of(value), format!("unknown flavor {text}"), help);
    }
    options.multi_thread = word == "multi_thread";
}

fn check(test: &TestFn, errors: &mut Errors) {
    let sig = &test.sig;
    if sig.asyncness.is_none() {
        errors.push(
            sig.fn_token.span,
            "a test of jobs is async",
            format!(
                "write {EXAMPLE}; if this was meant to be Rust's own `#[test]`, take `jobs::test` out of scope (`use jobs::*` brings it in)"
            ),
        );
    }
    if !sig.generics.params.is_empty() {
        errors.push(
            Place::of(&sig.generics),
            "a test has no type parameters",
            "name the types in its body",
        );
    }
    let mut inputs = sig.inputs.iter();
    match inputs.next() {
        Some(FnArg::Receiver(receiver)) => errors.push(
            Place::of(receiver),
            "a test stands outside of an `impl`",
            format!("write {EXAMPLE}"),
        ),
        Some(FnArg::Typed(typed)) => {
            if let syn::Type::Reference(reference) = &*typed.ty {
                errors.push(
                    Place::of(reference),
                    "the kit is handed over by value",
                    "write `t: jobs::testing::TestJobs`; it is cheap to clone",
                );
            }
        }
        None => {}
    }
    if let Some(second) = inputs.next() {
        errors.push(
            Place::of(second),
            "a test takes at most one parameter, its kit",
            "for cases with values use a crate such as rstest, and `let t = jobs::testing::TestJobs::new().await;` in the body",
        );
    }
    for attr in &test.attrs {
        let last = attr.path().segments.last();
        if last.is_some_and(|last| last.ident == "test") {
            errors.push(
                Place::of(attr),
                "the test would run twice",
                "remove this attribute: `#[jobs::test]` alone makes it a test, on a tokio runtime of its own",
            );
        }
    }
}

fn expand(options: &Options, test: TestFn) -> TokenStream {
    let TestFn {
        attrs,
        vis,
        sig,
        body,
    } = test;
    let private = match &options.krate {
        Some(path) => quote!(#path::__private),
        None => quote!(::jobs::__private),
    };
    let (name, output) = (&sig.ident, &sig.output);
    let kit = (!sig.inputs.is_empty()).then(|| quote!(__kit));
    let postgres = options.postgres;
    let threads = match (&options.threads, options.multi_thread) {
        (Some(threads), _) => quote!(#private::std::option::Option::Some(#threads)),
        (None, true) => quote!(#private::std::option::Option::Some(2)),
        (None, false) => quote!(#private::std::option::Option::None),
    };
    let setup = match &options.setup {
        Some(path) => quote!(#private::std::option::Option::Some(#path)),
        None => quote!(#private::std::option::Option::None),
    };
    quote! {
        #(#attrs)*
        #[#private::std::prelude::v1::test]
        #vis fn #name() #output {
            #sig #body
            #private::run_test(
                #private::TestOptions { postgres: #postgres, threads: #threads, setup: #setup },
                |__kit: #private::TestJobs| #name(#kit),
            )
        }
    }
}
