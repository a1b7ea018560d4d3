//! `unique(…)`, `concurrency(…)` and `rate_limit(…)`: what is taken from the arguments, and the limits themselves.

use proc_macro2::{Ident, TokenStream};
use syn::{Expr, ExprClosure, Pat};

use super::{
    CONCURRENCY, RATE_LIMIT, Table, UNIQUE,
    raw::{self, RawOption, RawValue},
    value::Value,
};
use crate::{
    errors::Errors,
    spanned::{Place, Spanned},
};

/// `by = …` or `key = …`
pub enum Key {
    /// Arguments by name.
    Fields(Vec<Ident>),
    /// A value made of the arguments, which stand in it by their names as references.
    Value(Expr),
    /// The same as a closure over some of them.
    Closure(Vec<Ident>, ExprClosure),
}

pub const UNTIL: &[&str] = &["executing", "executed", "expired", "while_executing"];
pub const UNIQUE_CONFLICT: &[&str] = &["reject", "error", "replace", "reschedule", "log", "dead"];
pub const LIMIT_CONFLICT: &[&str] = &["block", "discard"];

/// `unique` and what it says; `None` is the default.
#[derive(Default)]
pub struct Unique {
    pub by: Option<Key>,
    pub until: Option<Spanned<&'static str>>,
    pub ttl: Option<Spanned<u64>>,
    pub on_conflict: Option<Spanned<&'static str>>,
}

/// `concurrency(…)`
pub struct Concurrency {
    pub limit: Option<TokenStream>,
    pub key: Option<Key>,
    pub group: Option<String>,
    pub discard: bool,
    pub fair: bool,
}

/// `rate_limit(…)`
pub struct RateLimit {
    pub count: Option<TokenStream>,
    pub per: Option<u64>,
    pub key: Option<Key>,
}

/// The options inside; `given` says which there were, readable or not.
struct Inside {
    options: Vec<RawOption>,
}

impl Inside {
    fn read(option: &RawOption, table: &'static Table, errors: &mut Errors) -> Self {
        let options = match &option.value {
            RawValue::List(_, tokens) => raw::parse(tokens.clone(), table, errors),
            _ => Vec::new(),
        };
        Self { options }
    }

    fn given(&self, name: &str) -> bool {
        self.options.iter().any(|option| option.opt.name == name)
    }

    fn value(&self, name: &str) -> Option<Value<'_>> {
        let option = self.options.iter().find(|option| option.opt.name == name)?;
        match &option.value {
            RawValue::Value(expr) => Some(Value {
                name: option.opt.name,
                example: option.opt.example,
                expr,
            }),
            _ => None,
        }
    }

    fn word(
        &self,
        name: &str,
        words: &[&'static str],
        errors: &mut Errors,
    ) -> Option<Spanned<&'static str>> {
        let value = self.value(name)?;
        let at = Place::of(value.expr);
        value.word(words, errors).map(|word| Spanned::new(word, at))
    }
}

/// Says that an option lacks a part; nothing where the whole list could not be read.
fn needs(inside: &Inside, option: &RawOption, name: &str, example: &str, errors: &mut Errors) {
    if !inside.given(name) && !matches!(option.value, RawValue::Broken) {
        let outer = option.opt.name;
        errors.push(
            option.key.span(),
            format!("`{outer}` needs `{name}`"),
            format!("write `{example}`"),
        );
    }
}

pub fn unique(option: &RawOption, errors: &mut Errors) -> Unique {
    let inside = Inside::read(option, &UNIQUE, errors);
    let ttl = inside.value("ttl").and_then(|value| {
        let at = Place::of(value.expr);
        value
            .duration(false, errors)
            .map(|ttl| Spanned::new(ttl, at))
    });
    Unique {
        by: inside.value("by").and_then(|value| key(value, errors)),
        until: inside.word("until", UNTIL, errors),
        ttl,
        on_conflict: inside.word("on_conflict", UNIQUE_CONFLICT, errors),
    }
}

pub fn concurrency(option: &RawOption, errors: &mut Errors) -> Concurrency {
    let inside = Inside::read(option, &CONCURRENCY, errors);
    needs(&inside, option, "limit", "concurrency(limit = 2)", errors);
    let group = inside
        .value("group")
        .and_then(|value| value.stored_name("a group's name", errors));
    let discard = inside
        .word("on_conflict", LIMIT_CONFLICT, errors)
        .is_some_and(|word| word.value == "discard");
    Concurrency {
        limit: inside.value("limit").and_then(|value| value.limit(errors)),
        key: inside.value("key").and_then(|value| key(value, errors)),
        group: group.map(|group| group.value),
        discard,
        fair: fair(&inside, discard, errors),
    }
}

/// Whether keys take turns; only keys whose jobs wait can.
fn fair(inside: &Inside, discard: bool, errors: &mut Errors) -> bool {
    let option = inside
        .options
        .iter()
        .find(|option| option.opt.name == "fair");
    let Some(option) = option else { return false };
    if !inside.given("key") {
        errors.push(
            option.key.span(),
            "`fair` lets keys take turns, and there is no `key`",
            "add `key = account_id`, or remove `fair`",
        );
    }
    if discard {
        errors.push(
            option.key.span(),
            "`fair` has no meaning with `on_conflict = \"discard\"`: no job waits for its turn",
            "remove one of them",
        );
    }
    true
}

pub fn rate_limit(option: &RawOption, errors: &mut Errors) -> RateLimit {
    let inside = Inside::read(option, &RATE_LIMIT, errors);
    let example = "rate_limit(count = 100, per = \"1m\")";
    needs(&inside, option, "count", example, errors);
    needs(&inside, option, "per", example, errors);
    RateLimit {
        count: inside.value("count").and_then(|value| value.limit(errors)),
        per: inside
            .value("per")
            .and_then(|value| value.duration(false, errors)),
        key: inside.value("key").and_then(|value| key(value, errors)),
    }
}

/// One argument, a list of them, or an expression over them.
fn key(value: Value<'_>, errors: &mut Errors) -> Option<Key> {
    let (name, expr) = (value.name, value.expr);
    let mut refuse = |at: Place, message: String| {
        let help = format!("write `{}`", value.example);
        errors.push(at, message, help);
        None
    };
    match expr {
        Expr::Lit(_) => refuse(
            Place::of(expr),
            format!("`{name}` takes arguments by name, without quotes, or an expression over them"),
        ),
        Expr::Array(list) if list.elems.is_empty() => {
            refuse(Place::of(expr), format!("`{name}` is empty"))
        }
        Expr::Array(list) => {
            let fields: Option<Vec<_>> = list.elems.iter().map(ident).collect();
            Some(match fields {
                Some(fields) => Key::Fields(fields),
                None => {
                    let parts = list.elems.iter();
                    Key::Value(syn::parse_quote!((#(&(#parts),)*)))
                }
            })
        }
        Expr::Closure(closure) => {
            let mut parameters = Vec::new();
            for input in &closure.inputs {
                let pattern = match input {
                    Pat::Type(typed) => &*typed.pat,
                    pattern => pattern,
                };
                match pattern {
                    Pat::Ident(pattern) if pattern.subpat.is_none() => {
                        parameters.push(pattern.ident.clone());
                    }
                    other => {
                        return refuse(
                            Place::of(other),
                            format!(
                                "a parameter of the closure in `{name}` is the name of an argument"
                            ),
                        );
                    }
                }
            }
            Some(Key::Closure(parameters, closure.clone()))
        }
        _ => Some(match ident(expr) {
            Some(field) => Key::Fields(vec![field]),
            None => Key::Value(expr.clone()),
        }),
    }
}

fn ident(expr: &Expr) -> Option<Ident> {
    match expr {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident().cloned(),
        _ => None,
    }
}
