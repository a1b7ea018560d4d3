//! Rules → the function that finds the first one an error meets.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use crate::{
    options::rules::{Action, Backoff, Case, Matcher, Rule, Wait},
    text,
};

pub fn function(rules: &[Rule]) -> TokenStream {
    let span = Span::mixed_site();
    let arms = rules.iter().enumerate().flat_map(|(index, rule)| {
        rule.matchers
            .iter()
            .map(move |matcher| arm(index, rule, matcher))
    });
    let arms = arms.map(|found| {
        quote_spanned! {span=>
            if let __p::std::option::Option::Some(verdict) = #found {
                return __p::std::option::Option::Some(verdict);
            }
        }
    });
    quote_spanned! {span=>
        fn __classify(
            error: &(dyn __p::std::error::Error + 'static),
            counts: &__p::Counts<'_>,
        ) -> __p::std::option::Option<__p::Verdict> {
            let _ = counts;
            #(#arms)*
            __p::std::option::Option::None
        }
    }
}

/// `find::<T>(…)` for one matcher; an or-pattern over several enums looks for each.
fn arm(index: usize, rule: &Rule, matcher: &Matcher) -> TokenStream {
    let span = Span::mixed_site();
    match matcher {
        Matcher::Any(_) => {
            let error = quote_spanned!(span=> (dyn __p::std::error::Error + 'static));
            let body = body(rule, &error);
            quote_spanned!(span=> __p::any_error(error, #index, |error| { let _ = error; #body }))
        }
        Matcher::Type(of) => {
            let body = body(rule, of);
            quote_spanned!(span=> __p::find::<#of>(error, #index, |error| { let _ = error; #body }))
        }
        Matcher::Variants(cases) => {
            let mut finds = by_enum(cases).into_iter().map(|(of, patterns)| {
                let body = body(rule, of);
                quote_spanned! {span=>
                    __p::find::<#of>(error, #index, |error| match error {
                        #(#patterns)|* => { #body }
                        #[allow(unreachable_patterns)]
                        _ => __p::std::option::Option::None,
                    })
                }
            });
            let first = finds
                .next()
                .unwrap_or_else(|| quote!(__p::std::option::Option::None));
            quote_spanned!(span=> #first #(.or_else(|| #finds))*)
        }
    }
}

fn by_enum(cases: &[Case]) -> Vec<(&syn::Path, Vec<&syn::Pat>)> {
    let mut enums: Vec<(&syn::Path, Vec<&syn::Pat>)> = Vec::new();
    for case in cases {
        let name = text::of(&case.of);
        match enums.iter_mut().find(|(of, _)| text::of(of) == name) {
            Some((_, patterns)) => patterns.push(&case.pattern),
            None => enums.push((&case.of, vec![&case.pattern])),
        }
    }
    enums
}

/// What a match gives: `Some` if `when` agrees, with the wait if the rule computes one.
fn body(rule: &Rule, error: &impl ToTokens) -> TokenStream {
    let span = Span::mixed_site();
    let key = rule.key();
    let function = |wait: &syn::Expr| {
        quote_spanned! {span=>
            let wait: fn(u32, &#error) -> __p::std::time::Duration = #wait;
            __p::std::option::Option::Some(
                __p::std::option::Option::Some(wait(counts.of(#key), error)),
            )
        }
    };
    let given = match &rule.action {
        Action::Retry(retry) => match (&retry.wait, &retry.backoff) {
            (Some(Wait::Function(wait)), _) | (_, Some(Backoff::Function(wait))) => function(wait),
            (Some(Wait::Binding(binding)), _) => {
                quote_spanned!(span=> __p::std::option::Option::Some(__p::IntoWait::into_wait(#binding)))
            }
            _ => nothing(),
        },
        Action::Discard { .. } => nothing(),
    };
    match &rule.when {
        None => given,
        Some(when) => quote_spanned! {span=>
            let when: fn(&#error) -> bool = #when;
            if when(error) { #given } else { __p::std::option::Option::None }
        },
    }
}

fn nothing() -> TokenStream {
    quote!(__p::std::option::Option::Some(
        __p::std::option::Option::None
    ))
}
