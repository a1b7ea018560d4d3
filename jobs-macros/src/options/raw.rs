//! Tokens → options as written. Never fails: after an error it goes on at the next comma.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Expr, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    token::Paren,
};

use super::{Opt, Shape, Table};
use crate::{errors::Errors, names, spanned::Place, suggest, text};

/// One option as written, already known to the table and of the right shape.
pub struct RawOption {
    pub key: Ident,
    pub opt: &'static Opt,
    pub value: RawValue,
    /// As written, for messages.
    pub text: String,
}

pub enum RawValue {
    Flag,
    Value(Expr),
    List(Place, TokenStream),
    /// An error was reported; what the option would have said is unknown.
    Broken,
}

/// All options of an attribute.
pub fn parse(tokens: TokenStream, table: &Table, errors: &mut Errors) -> Vec<RawOption> {
    all(tokens, |input| {
        let mut options = Vec::new();
        while !input.is_empty() {
            if let Some(option) = one(input, table, errors) {
                add(option, &mut options, table, errors);
            }
            separator(input, errors);
        }
        options
    })
}

/// Runs a parser that consumes everything.
pub fn all<T: Default>(tokens: TokenStream, parse: impl FnOnce(ParseStream<'_>) -> T) -> T {
    let parser = |input: ParseStream<'_>| {
        let value = parse(input);
        let _: TokenStream = input.parse()?;
        Ok(value)
    };
    parser.parse2(tokens).unwrap_or_default()
}

/// Keeps the first of two equal options.
pub fn add(option: RawOption, options: &mut Vec<RawOption>, table: &Table, errors: &mut Errors) {
    let first = options
        .iter()
        .find(|other| other.opt.name == option.opt.name);
    let Some(first) = first.filter(|_| !option.opt.repeats) else {
        options.push(option);
        return;
    };
    let inside = table.inside.map(|name| format!(" in `{name}`"));
    errors.push(
        option.key.span(),
        format!(
            "`{}` is given twice{}",
            option.opt.name,
            inside.unwrap_or_default()
        ),
        format!("keep one of `{}` and `{}`", first.text, option.text),
    );
}

/// The comma between two options; says where one is missing.
pub fn separator(input: ParseStream<'_>, errors: &mut Errors) {
    if input.is_empty() || input.parse::<Token![,]>().is_ok() {
        return;
    }
    let at = next_place(input);
    if input.peek(Token![;]) {
        errors.push(at, "options are separated by commas", "write `,`");
        let _ = input.parse::<Token![;]>();
        return;
    }
    errors.push(at, "expected `,`", "options are separated by commas");
    if !begins_option(input) {
        skip(input);
        let _ = input.parse::<Token![,]>();
    }
}

/// A word with a value or a list after it.
fn begins_option(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    ahead.call(Ident::parse_any).is_ok() && (ahead.peek(Token![=]) || ahead.peek(Paren))
}

/// One option, up to the comma after it.
pub fn one(input: ParseStream<'_>, table: &Table, errors: &mut Errors) -> Option<RawOption> {
    let start = next_place(input);
    let Ok(key) = input.call(Ident::parse_any) else {
        not_a_key(input, start, table, errors);
        return None;
    };
    let name = names::plain(&key);
    let Some(opt) = table.find(&name) else {
        unknown(&key, &name, table, errors);
        skip(input);
        return None;
    };
    let begin = input.fork();
    let value = value(input, &key, opt, errors);
    let taken = between(&begin, input);
    Some(RawOption {
        text: text::of(&quote!(#key #taken)),
        key,
        opt,
        value,
    })
}

fn value(input: ParseStream<'_>, key: &Ident, opt: &'static Opt, errors: &mut Errors) -> RawValue {
    let key_at = Place::from(key.span());
    let name = opt.name;
    if input.is_empty() || input.peek(Token![,]) {
        if matches!(
            opt.shape,
            Shape::Flag | Shape::FlagOrValue | Shape::FlagOrList
        ) {
            return RawValue::Flag;
        }
        let what = if opt.shape == Shape::List {
            "a list"
        } else {
            "a value"
        };
        errors.push(key_at, format!("`{name}` needs {what}"), example(opt));
        return RawValue::Broken;
    }
    if input.peek(Token![=]) {
        return after_equals(input, key_at, opt, errors);
    }
    if let Some((delimiter, at, stream)) = group(input) {
        let whole = key_at.to(at);
        return match (opt.shape, delimiter) {
            (Shape::List | Shape::FlagOrList, Delimiter::Parenthesis) => RawValue::List(at, stream),
            (Shape::List | Shape::FlagOrList, _) => {
                let help = format!("write `{name}({})`", text::of(&stream));
                errors.push(at, format!("`{name}` takes a list in parentheses"), help);
                RawValue::Broken
            }
            (Shape::Flag, _) => {
                errors.push(
                    whole,
                    format!("`{name}` takes no value"),
                    format!("write `{name}`"),
                );
                RawValue::Broken
            }
            _ if stream.is_empty() => {
                errors.push(whole, format!("`{name}` needs a value"), example(opt));
                RawValue::Broken
            }
            (Shape::Map, _) => {
                let help = format!("write `{name} = {{ {} }}`", text::of(&stream));
                errors.push(
                    whole,
                    format!("`{name}` takes named values in braces"),
                    help,
                );
                RawValue::Broken
            }
            _ => {
                let help = format!("write `{name} = {}`", text::of(&stream));
                errors.push(whole, format!("`{name}` takes a value"), help);
                RawValue::Broken
            }
        };
    }
    let at = next_place(input);
    let begin = input.fork();
    skip(input);
    let rest = text::of(&between(&begin, input));
    let rest = rest.trim_start_matches([':', '=', '>', ' ']);
    if opt.shape == Shape::Flag {
        errors.push(
            at,
            format!("expected `,` after `{name}`"),
            "options are separated by commas",
        );
    } else if matches!(opt.shape, Shape::List | Shape::FlagOrList) {
        errors.push(
            at,
            format!("expected `(` after `{name}`"),
            format!("write `{name}({rest})`"),
        );
    } else {
        errors.push(
            at,
            format!("expected `=` after `{name}`"),
            format!("write `{name} = {rest}`"),
        );
    }
    RawValue::Broken
}

fn after_equals(
    input: ParseStream<'_>,
    key_at: Place,
    opt: &'static Opt,
    errors: &mut Errors,
) -> RawValue {
    let name = opt.name;
    let equals = next_place(input);
    let _ = input.parse::<Token![=]>();
    if input.is_empty() || input.peek(Token![,]) {
        let what = if matches!(opt.shape, Shape::List | Shape::FlagOrList) {
            "a list"
        } else {
            "a value"
        };
        errors.push(
            key_at.to(equals),
            format!("`{name}` needs {what}"),
            example(opt),
        );
        return RawValue::Broken;
    }
    if opt.shape == Shape::Map
        && let Some((delimiter, at, stream)) = group(input)
    {
        if delimiter == Delimiter::Brace {
            return RawValue::List(at, stream);
        }
        errors.push(
            at,
            format!("`{name}` takes named values in braces"),
            example(opt),
        );
        return RawValue::Broken;
    }
    let begin = input.fork();
    let parsed = input.parse::<Expr>();
    if parsed.is_err() {
        skip(input);
    }
    let taken = between(&begin, input);
    let at = Place::of(&taken);
    match (opt.shape, parsed) {
        (Shape::Flag, _) => {
            errors.push(
                key_at.to(at),
                format!("`{name}` takes no value"),
                format!("write `{name}`"),
            );
            RawValue::Broken
        }
        (Shape::List | Shape::FlagOrList, _) => {
            let inner = text::of(&taken);
            let inner = inner.trim_start_matches('[').trim_end_matches(']');
            errors.push(
                key_at.to(at),
                format!("`{name}` takes a list"),
                format!("write `{name}({inner})`"),
            );
            RawValue::Broken
        }
        (Shape::Map, _) => {
            errors.push(
                at,
                format!("`{name}` takes named values in braces"),
                example(opt),
            );
            RawValue::Broken
        }
        (_, Ok(value)) => RawValue::Value(ungrouped(value)),
        (_, Err(_)) => {
            errors.push(
                at,
                format!("the value of `{name}` cannot be read"),
                example(opt),
            );
            RawValue::Broken
        }
    }
}

/// Without the invisible delimiters that `macro_rules!` puts around what it passes on.
fn ungrouped(expr: Expr) -> Expr {
    match expr {
        Expr::Group(group) => ungrouped(*group.expr),
        expr => expr,
    }
}

fn example(opt: &Opt) -> String {
    format!("write `{}`", opt.example)
}

fn not_a_key(input: ParseStream<'_>, at: Place, table: &Table, errors: &mut Errors) {
    let begin = input.fork();
    skip(input);
    let taken = between(&begin, input);
    let help = match taken.clone().into_iter().next() {
        Some(TokenTree::Literal(literal))
            if table.find("queue").is_some() && table.inside.is_none() =>
        {
            format!(
                "write `queue = {literal}` to choose a queue, or `name = {literal}` to name the job"
            )
        }
        _ => format!("the options are {}", suggest::list(&table.names())),
    };
    // A stray comma has nothing between it and the next one.
    let at = if taken.is_empty() {
        at
    } else {
        Place::from(at.start)
    };
    errors.push(at, "expected an option name", help);
}

fn unknown(key: &Ident, name: &str, table: &Table, errors: &mut Errors) {
    let at = key.span();
    let look_up = |words: &'static [(&str, &'static str)]| {
        words
            .iter()
            .find(|(word, _)| *word == name)
            .map(|(_, help)| *help)
    };
    let inside = table
        .inside
        .map(|name| format!(" in `{name}`"))
        .unwrap_or_default();
    let message = format!("unknown option `{name}`{inside}");
    if let Some(help) = look_up(table.foreign) {
        errors.push(at, message, help);
    } else if super::JOB.find(name).is_some()
        && table.on == super::On::Both
        && table.inside.is_none()
    {
        errors.push(
            at,
            format!("`{name}` is said on a job, not on a base"),
            "move it to the `#[job(…)]` that it is meant for",
        );
    } else {
        errors.push(
            at,
            message,
            suggest::help(name, &table.names(), "the options are"),
        );
    }
}

/// A delimited group, if one comes next.
pub fn group(input: ParseStream<'_>) -> Option<(Delimiter, Place, TokenStream)> {
    let ahead = input.fork();
    match ahead.parse::<TokenTree>() {
        Ok(TokenTree::Group(group)) => {
            let _ = input.parse::<TokenTree>();
            Some((group.delimiter(), Place::of(&group), group.stream()))
        }
        _ => None,
    }
}

/// The next token; the end of the list if there is none.
pub fn next_place(input: ParseStream<'_>) -> Place {
    Place::from(input.span())
}

/// Goes on to the next comma that is not inside brackets.
pub fn skip(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}

/// What was consumed from `begin` to `now`.
pub fn between(begin: ParseStream<'_>, now: ParseStream<'_>) -> TokenStream {
    let all: Vec<TokenTree> = begin
        .fork()
        .parse::<TokenStream>()
        .into_iter()
        .flatten()
        .collect();
    let rest = now
        .fork()
        .parse::<TokenStream>()
        .into_iter()
        .flatten()
        .count();
    let taken = all.len().saturating_sub(rest);
    all.into_iter()
        .take(taken)
        .map(ToTokens::into_token_stream)
        .collect()
}

/// Consumes what `ahead`, a fork of `input`, has consumed.
pub fn skip_to(input: ParseStream<'_>, ahead: ParseStream<'_>) {
    use syn::parse::discouraged::Speculative;
    input.advance_to(ahead);
}
