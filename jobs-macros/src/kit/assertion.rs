//! `assert_enqueued!` and its kin: which jobs, then options.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use super::{fields, inside, is, named, parts};
use crate::{errors::Errors, spanned::Place, suggest};

const OPTIONS: &[&str] = &[
    "when", "queue", "priority", "at", "tag", "times", "at_least", "at_most", "in",
];
const COUNTS: &[&str] = &["times", "at_least", "at_most"];

/// From `($crate) assert_enqueued (text) …`: a statement that panics if it is not so.
pub fn assertion(tokens: TokenStream) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let [krate, TokenTree::Ident(name), written, given @ ..] = trees.as_slice() else {
        return quote!(::core::compile_error!("use `jobs::assert_enqueued!`"););
    };
    let (Some(krate), Some(written)) = (
        inside(krate, Delimiter::Parenthesis),
        inside(written, Delimiter::Parenthesis),
    ) else {
        return quote!(::core::compile_error!("use `jobs::assert_enqueued!`"););
    };
    let mut errors = Errors::new();
    let mut parts = parts(given.iter().cloned().collect())
        .into_iter()
        .peekable();
    let first: Option<Vec<TokenTree>> = parts.peek().map(|part| part.clone().into_iter().collect());
    let target = match first.filter(|first| !named(first)) {
        Some(first) => {
            parts.next();
            Some(first)
        }
        None => None,
    };
    let typed = target.is_some();
    let wanted = match target {
        None => quote!(#krate::__private::Wanted::any()),
        Some(trees) => which(&trees, &krate, &mut errors),
    };
    let options: Vec<_> = parts.collect();
    let calls = calls(name, typed, &options, &mut errors);
    match errors.finish() {
        Ok(()) => quote!({ #wanted #(#calls)* .#name(#written) }),
        Err(reported) => quote!({ #reported }),
    }
}

/// A type, a value or a pattern.
fn which(trees: &[TokenTree], krate: &TokenStream, errors: &mut Errors) -> TokenStream {
    let target: TokenStream = trees.iter().cloned().collect();
    let text = quote!(::core::stringify!(#target));
    let wanted = quote!(#krate::__private::Wanted);
    if fields::is_path(trees) && is_type(trees) {
        return quote!(#wanted::<#target>::of(#text));
    }
    if let Some((job, braces)) = fields::braces(trees)
        && let Some(fields) = fields::parse(braces)
    {
        if fields.is_pattern() {
            let closure = fields.closure(&job, krate);
            return quote!(#wanted::pattern(#text, #closure));
        }
        let values = fields.value();
        return quote!(#wanted::value(#text, &#job { #values }));
    }
    if syn::parse2::<syn::Expr>(target.clone()).is_err() {
        errors.push(
            Place::of(&target),
            "this names no job",
            "write a type `SendMail`, a value `SendMail { user_id: 42 }` or a pattern `SendMail { user_id: 1..=9, .. }`, then options such as `times = 1`",
        );
    }
    quote!(#wanted::value(#text, &(#target)))
}

/// A path to a variable ends in a small letter.
fn is_type(trees: &[TokenTree]) -> bool {
    let last = trees.iter().rev().find_map(|tree| match tree {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    });
    last.is_some_and(|last| {
        last.trim_start_matches("r#")
            .starts_with(char::is_uppercase)
    })
}

/// One method call per option.
fn calls(
    name: &Ident,
    typed: bool,
    options: &[TokenStream],
    errors: &mut Errors,
) -> Vec<TokenStream> {
    let (mut calls, mut seen) = (Vec::new(), Vec::new());
    for option in options {
        let trees: Vec<TokenTree> = option.clone().into_iter().collect();
        let [TokenTree::Ident(key), equals, value @ ..] = trees.as_slice() else {
            errors.push(
                Place::of(option),
                "this is no option",
                "write `name = value`, for instance `times = 1`",
            );
            continue;
        };
        let word = key.to_string();
        if !is(equals, '=') || value.is_empty() {
            let help = format!("write `{word} = …`");
            errors.push(key.span(), format!("`{word}` has no value"), help);
            continue;
        }
        if !OPTIONS.contains(&word.as_str()) {
            let help = match word.as_str() {
                "where" | "with" | "matching" => "did you mean `when`?".to_owned(),
                _ => suggest::help(&word, OPTIONS, "the options are"),
            };
            errors.push(key.span(), format!("unknown option `{word}`"), help);
            continue;
        }
        if seen.contains(&word) {
            errors.push(
                key.span(),
                format!("`{word}` is given twice"),
                "remove one of them",
            );
        }
        if COUNTS.contains(&word.as_str()) && name.to_string().starts_with("assert_no_") {
            let help = format!(
                "leave it out, or use `{}!`",
                name.to_string().replace("_no_", "_")
            );
            errors.push(
                key.span(),
                format!("`{name}!` means none: `{word}` says nothing here"),
                help,
            );
        }
        if word == "when" && !typed {
            errors.push(
                key.span(),
                "`when` needs to know the type of the jobs",
                "write it first: `SendMail, when = |job: &SendMail| …`",
            );
        }
        let value: TokenStream = value.iter().cloned().collect();
        let span = key.span();
        calls.push(match word.as_str() {
            "in" => quote_spanned!(span=> .within(&#value)),
            _ => quote_spanned!(span=> .#key(#value)),
        });
        seen.push(word);
    }
    calls
}
