//! Options → the `Level` literal and the functions that it points to.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Path;

use super::{classify, hooks};
use crate::options::{
    Options,
    rules::{Action, Attempts, Backoff, Retry as RetryOn, Rule, Wait},
    typed::{Retain, Retry},
    value::queue_path,
};

/// The functions, and `Level { … }`.
pub fn expand(
    options: &Options,
    owner: &str,
    limits: Option<TokenStream>,
) -> (TokenStream, TokenStream) {
    let mut items = TokenStream::new();
    let mut fields = quote!(owner: #owner,);
    let mut field = |name: &str, value: Option<TokenStream>| {
        if let Some(value) = value {
            let name = format_ident!("{name}");
            fields.extend(quote!(#name: __p::std::option::Option::Some(#value),));
        }
    };
    let queues = options.queues.as_ref();
    field(
        "queue",
        options
            .queue
            .as_ref()
            .map(|queue| queue_path(queue, queues)),
    );
    field("priority", options.priority.clone());
    field("retry", options.retry.map(retry));
    field("dead", options.dead.map(|dead| quote!(#dead)));
    field("timeout", options.timeout.map(duration));
    field(
        "retain",
        options
            .retain
            .as_ref()
            .map(|retain| self::retain(retain.value)),
    );
    field(
        "on_crash",
        options.on_crash.map(|word| match word {
            "dead" => quote!(__p::OnCrash::Dead),
            _ => quote!(__p::OnCrash::Retry),
        }),
    );
    field("expires_in", options.expires_in.map(duration));
    field("logs", options.logs.map(|bytes| quote!(#bytes)));
    if !options.rules.is_empty() {
        items.extend(classify::function(&options.rules));
        let rules = options.rules.iter().enumerate();
        let rules: Vec<_> = rules
            .map(|(at, rule)| self::rule(at, rule, queues, &mut items))
            .collect();
        fields.extend(quote!(rules: &[#(#rules),*], classify: __classify,));
    }
    if !options.tags.is_empty() {
        let tags = options.tags.iter().map(|tag| &tag.value);
        fields.extend(quote!(tags: &[#(#tags),*],));
    }
    if !options.on_exhausted.is_empty() {
        let list = hooks::list("on_exhausted", "", &options.on_exhausted, &mut items);
        fields.extend(quote!(on_exhausted: #list,));
    }
    if let Some(limits) = limits {
        fields.extend(quote!(limits: #limits,));
    }
    fields.extend(level_hooks(&options.hooks, &mut items));
    (items, quote!(__p::Level { #fields ..__p::Level::NONE }))
}

fn level_hooks(hooks: &[(&'static str, Vec<Path>)], items: &mut TokenStream) -> TokenStream {
    if hooks.is_empty() {
        return TokenStream::new();
    }
    let lists = hooks.iter().map(|(hook, paths)| {
        let list = hooks::list(hook, "", paths, items);
        let hook = format_ident!("{hook}");
        quote!(#hook: #list,)
    });
    let lists: Vec<_> = lists.collect();
    quote!(hooks: __p::Hooks { #(#lists)* ..__p::Hooks::NONE },)
}

fn rule(at: usize, rule: &Rule, queues: Option<&Path>, items: &mut TokenStream) -> TokenStream {
    let key = rule.key();
    let action = match &rule.action {
        Action::Discard { report } => {
            let report = hooks::list("report", &format!("{at}_"), report, items);
            quote!(__p::Action::Discard(__p::DiscardRule { report: #report }))
        }
        Action::Retry(retry) => {
            let fields = retry_fields(at, retry, queues, items);
            quote!(__p::Action::Retry(__p::RetryRule { #fields ..__p::RetryRule::DEFAULT }))
        }
    };
    quote!(__p::Rule { key: #key, action: #action })
}

fn retry_fields(
    at: usize,
    retry: &RetryOn,
    queues: Option<&Path>,
    items: &mut TokenStream,
) -> TokenStream {
    let mut fields = TokenStream::new();
    match (retry.attempts, retry.within) {
        (Some(Attempts::Limited(count)), _) => {
            fields.extend(quote!(attempts: __p::Attempts::Limited(#count),));
        }
        (Some(Attempts::Unlimited), _) | (None, Some(_)) => {
            fields.extend(quote!(attempts: __p::Attempts::Unlimited,));
        }
        (None, None) => {}
    }
    if let Some(backoff) = backoff(retry) {
        fields.extend(quote!(backoff: __p::Backoff::#backoff,));
    }
    if let Some(Wait::For(wait)) = &retry.wait {
        let wait = duration(wait.value);
        fields.extend(quote!(wait: #wait,));
    }
    if let Some(factor) = &retry.factor {
        let factor = factor.value;
        fields.extend(quote!(factor: #factor,));
    }
    if let Some(jitter) = retry.jitter {
        fields.extend(quote!(jitter: #jitter,));
    }
    for (name, value) in [
        ("within", retry.within.map(duration)),
        ("max_wait", retry.max_wait.map(duration)),
        (
            "queue",
            retry.queue.as_ref().map(|queue| queue_path(queue, queues)),
        ),
        ("priority", retry.priority.clone()),
    ] {
        if let Some(value) = value {
            let name = format_ident!("{name}");
            fields.extend(quote!(#name: __p::std::option::Option::Some(#value),));
        }
    }
    if !retry.on_exhausted.is_empty() {
        let list = hooks::list(
            "on_exhausted",
            &format!("{at}_"),
            &retry.on_exhausted,
            items,
        );
        fields.extend(quote!(on_exhausted: #list,));
    }
    fields
}

/// The series, if it is not the default one.
fn backoff(retry: &RetryOn) -> Option<TokenStream> {
    if matches!(retry.wait, Some(Wait::Binding(_) | Wait::Function(_))) {
        return Some(quote!(Given));
    }
    match &retry.backoff {
        None => None,
        Some(Backoff::Function(_)) => Some(quote!(Given)),
        Some(Backoff::Word(word)) => Some(match word.value {
            "linear" => quote!(Linear),
            "exponential" => quote!(Exponential),
            "constant" => quote!(Constant),
            _ => quote!(Polynomial),
        }),
    }
}

fn retry(retry: Retry) -> TokenStream {
    match retry {
        Retry::Times(times) => quote!(__p::Retry::Times(#times)),
        Retry::Never => quote!(__p::Retry::Never),
    }
}

fn retain(retain: Retain) -> TokenStream {
    match retain {
        Retain::For(milliseconds) => {
            let duration = duration(milliseconds);
            quote!(__p::Retain::For(#duration))
        }
        Retain::No => quote!(__p::Retain::No),
    }
}

fn duration(milliseconds: u64) -> TokenStream {
    quote!(__p::std::time::Duration::from_millis(#milliseconds))
}
