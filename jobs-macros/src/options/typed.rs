//! Options as written → options with their types.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Expr, ExprLit, Lit, LitStr, Path, Token, punctuated::Punctuated};

use super::{
    limits::{self, Concurrency, RateLimit, Unique},
    raw::{RawOption, RawValue},
    recurring::Recurring,
    rules::{self, Rule},
    value::{QueueRef, Value},
};
use crate::{
    errors::Errors,
    names,
    spanned::{Place, Spanned},
};

/// All that `#[job]` and `#[jobs::base]` can say.
#[derive(Default)]
pub struct Options {
    /// The keys that were given, readable or not.
    pub given: Vec<&'static str>,
    pub queue: Option<QueueRef>,
    pub queues: Option<Path>,
    pub priority: Option<TokenStream>,
    pub name: Option<Spanned<String>>,
    pub aliases: Vec<Spanned<String>>,
    pub struct_name: Option<Ident>,
    pub derives: Vec<Path>,
    pub base: Option<Path>,
    pub rules: Vec<Rule>,
    pub retry: Option<Retry>,
    pub dead: Option<bool>,
    pub timeout: Option<u64>,
    pub version: Option<Spanned<u32>>,
    pub upcast: Option<Path>,
    pub retain: Option<Spanned<Retain>>,
    pub on_exhausted: Vec<Path>,
    pub on_crash: Option<&'static str>,
    pub expires_in: Option<u64>,
    pub logs: Option<u64>,
    pub redact: Vec<Ident>,
    pub tags: Vec<Spanned<String>>,
    pub unique: Option<Unique>,
    pub concurrency: Option<Concurrency>,
    pub rate_limit: Option<RateLimit>,
    pub blocking: Option<Span>,
    pub recurring: Recurring,
    pub hooks: Vec<(&'static str, Vec<Path>)>,
    pub krate: Option<Path>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    Times(u32),
    Never,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Retain {
    For(u64),
    No,
}

impl Options {
    pub fn given(&self, name: &str) -> bool {
        self.given.contains(&name)
    }

    pub fn read(raw: &[RawOption], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for option in raw {
            options.given.push(option.opt.name);
            let (name, example) = (option.opt.name, option.opt.example);
            match &option.value {
                RawValue::Value(expr) => {
                    options.read_value(
                        Value {
                            name,
                            example,
                            expr,
                        },
                        option,
                        errors,
                    );
                }
                _ if name == "unique" => options.unique = Some(limits::unique(option, errors)),
                RawValue::List(at, tokens) => options.read_list(option, *at, tokens, errors),
                RawValue::Flag => options.blocking = Some(option.key.span()),
                // Was it meant to be there? The function is checked as if it was.
                RawValue::Broken if name == "blocking" => {
                    options.blocking = Some(option.key.span())
                }
                RawValue::Broken => {}
            }
        }
        options
    }

    fn read_value(&mut self, value: Value<'_>, option: &RawOption, errors: &mut Errors) {
        let at = Place::of(value.expr);
        match option.opt.name {
            "queue" => self.queue = value.queue(errors),
            "queues" => self.queues = value.type_path("the path of a module", errors),
            "priority" => self.priority = value.priority(errors),
            "name" => self.name = value.stored_name("a job's name", errors),
            "struct_name" => self.struct_name = value.ident("the name of a type", errors),
            "base" => self.base = value.type_path("the path of a base", errors),
            "retry" => self.retry = retry(value, errors),
            "dead" => self.dead = value.boolean(errors),
            "timeout" => self.timeout = value.duration(false, errors),
            "version" => self.version = version(value, errors),
            "upcast" => self.upcast = value.type_path("the path of a function", errors),
            "retain" => self.retain = retain(value, errors).map(|retain| Spanned::new(retain, at)),
            "on_exhausted" => self.on_exhausted = value.functions(errors),
            "on_crash" => self.on_crash = value.word(&["retry", "dead"], errors),
            "expires_in" => self.expires_in = value.duration(false, errors),
            "logs" => self.logs = value.size(errors),
            "crate" => self.krate = value.type_path("the path of the `jobs` crate", errors),
            name if Recurring::OPTIONS.contains(&name) => {
                self.recurring.read_value(value, name, errors);
            }
            hook => self.hooks.push((hook, value.functions(errors))),
        }
    }

    fn read_list(
        &mut self,
        option: &RawOption,
        at: Place,
        tokens: &TokenStream,
        errors: &mut Errors,
    ) {
        let name = option.opt.name;
        match name {
            "retry_on" | "discard_on" => self.rules.extend(rules::parse(option, errors)),
            "concurrency" => self.concurrency = Some(limits::concurrency(option, errors)),
            "rate_limit" => self.rate_limit = Some(limits::rate_limit(option, errors)),
            "args" => self.recurring.read_args(option, at, tokens, errors),
            "derive" => {
                self.derives = entries(option, at, tokens, "the paths of derives", errors, path);
            }
            "redact" => {
                self.redact = entries(option, at, tokens, "the names of arguments", errors, ident);
            }
            "aliases" => {
                self.aliases = entries(option, at, tokens, "strings", errors, string);
                self.aliases
                    .retain(|alias| is_storable("an alias", alias, errors));
            }
            _ => {
                self.tags = entries(option, at, tokens, "strings", errors, string);
                self.tags.retain(|tag| is_tag(tag, errors));
            }
        }
    }
}

fn is_storable(what: &str, name: &Spanned<String>, errors: &mut Errors) -> bool {
    let problem = names::stored_name_problem(what, &name.value);
    if let Some((message, help)) = &problem {
        errors.push(name.at, message, help);
    }
    problem.is_none()
}

fn is_tag(tag: &Spanned<String>, errors: &mut Errors) -> bool {
    let length = tag.value.len();
    if tag.value.trim().is_empty() {
        errors.push(tag.at, "a tag cannot be empty", "remove it");
    } else if length > 100 {
        errors.push(
            tag.at,
            format!("a tag is at most 100 bytes long, this one is {length}"),
            "shorten it",
        );
    } else {
        return true;
    }
    false
}

/// The entries of `key(a, b)`, each read by `read`.
fn entries<T>(
    option: &RawOption,
    at: Place,
    tokens: &TokenStream,
    what: &str,
    errors: &mut Errors,
    read: fn(&Expr) -> Option<T>,
) -> Vec<T> {
    let (name, example) = (option.opt.name, option.opt.example);
    let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
    let parsed = syn::parse::Parser::parse2(parser, tokens.clone());
    let help = format!("write `{example}`");
    let Ok(list) = parsed else {
        errors.push(at, format!("`{name}` takes {what}"), help);
        return Vec::new();
    };
    if list.is_empty() {
        errors.push(at, format!("`{name}` is empty"), &help);
    }
    let mut found = Vec::new();
    for expr in &list {
        match read(expr) {
            Some(entry) => found.push(entry),
            None => errors.push(Place::of(expr), format!("`{name}` takes {what}"), &help),
        }
    }
    found
}

fn path(expr: &Expr) -> Option<Path> {
    match expr {
        Expr::Path(path) if path.qself.is_none() => Some(path.path.clone()),
        _ => None,
    }
}

fn ident(expr: &Expr) -> Option<Ident> {
    path(expr).and_then(|path| path.get_ident().cloned())
}

fn string(expr: &Expr) -> Option<Spanned<String>> {
    match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(Spanned::new(LitStr::value(text), text.span())),
        _ => None,
    }
}

fn retry(value: Value<'_>, errors: &mut Errors) -> Option<Retry> {
    match value.expr {
        Expr::Lit(ExprLit {
            lit: Lit::Bool(lit),
            ..
        }) if !lit.value => Some(Retry::Never),
        Expr::Lit(ExprLit {
            lit: Lit::Bool(lit),
            ..
        }) => {
            let help = "write `retry = 3`, or leave it out for the handle's default";
            errors.push(lit.span(), "`retry` says how often, or `false`", help);
            None
        }
        _ => value.count(errors).map(Retry::Times),
    }
}

fn version(value: Value<'_>, errors: &mut Errors) -> Option<Spanned<u32>> {
    let at = Place::of(value.expr);
    match value.count(errors)? {
        0 => {
            errors.push(
                at,
                "versions count from 1",
                "write `version = 2` for the second form",
            );
            None
        }
        version => Some(Spanned::new(version, at)),
    }
}

fn retain(value: Value<'_>, errors: &mut Errors) -> Option<Retain> {
    match value.expr {
        Expr::Lit(ExprLit {
            lit: Lit::Bool(lit),
            ..
        }) if !lit.value => Some(Retain::No),
        Expr::Lit(ExprLit {
            lit: Lit::Bool(lit),
            ..
        }) => {
            let help = "write `retain = \"7d\"`, or leave it out for the default";
            errors.push(lit.span(), "`retain` says how long, or `false`", help);
            None
        }
        _ => value.duration(false, errors).map(Retain::For),
    }
}
