//! `retry_on(…)` and `discard_on(…)`: matchers, then options.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Expr, Pat, Path, Token, Type, ext::IdentExt, parse::ParseStream};

use super::{
    DISCARD_ON, RETRY_ON, Table,
    raw::{self, RawOption, RawValue},
    value::{QueueRef, Value},
};
use crate::{
    errors::Errors,
    spanned::{Place, Spanned},
    text,
};

/// One rule as written.
pub struct Rule {
    /// `retry_on` or `discard_on`.
    pub keyword: Ident,
    pub matchers: Vec<Matcher>,
    pub when: Option<Expr>,
    pub id: Option<Spanned<String>>,
    pub action: Action,
}

pub enum Action {
    Retry(Box<Retry>),
    Discard { report: Vec<Path> },
}

/// The options of `retry_on`.
#[derive(Default)]
pub struct Retry {
    pub attempts: Option<Attempts>,
    pub within: Option<u64>,
    pub backoff: Option<Backoff>,
    pub wait: Option<Wait>,
    pub factor: Option<Spanned<f64>>,
    pub max_wait: Option<u64>,
    pub jitter: Option<f64>,
    pub queue: Option<QueueRef>,
    pub priority: Option<TokenStream>,
    pub on_exhausted: Vec<Path>,
}

#[derive(Clone, Copy)]
pub enum Attempts {
    Limited(u32),
    Unlimited,
}

/// `backoff = …`
pub enum Backoff {
    Word(Spanned<&'static str>),
    Function(Expr),
}

/// `wait = …`
pub enum Wait {
    For(Spanned<u64>),
    Binding(Ident),
    Function(Expr),
}

/// What a rule matches.
pub enum Matcher {
    Any(Ident),
    Type(Box<Type>),
    /// The cases of one or-pattern, each with its enum.
    Variants(Vec<Case>),
}

pub struct Case {
    pub of: Path,
    pub pattern: Pat,
}

impl Matcher {
    pub fn text(&self) -> String {
        match self {
            Self::Any(_) => "any".to_owned(),
            Self::Type(of) => text::of(of),
            Self::Variants(cases) => {
                let cases: Vec<_> = cases.iter().map(|case| text::of(&case.pattern)).collect();
                cases.join(" | ")
            }
        }
    }

    pub fn at(&self) -> Place {
        match self {
            Self::Any(any) => any.span().into(),
            Self::Type(of) => Place::of(of),
            Self::Variants(cases) => {
                let first = cases.first().map(|case| Place::of(&case.pattern));
                let last = cases.last().map(|case| Place::of(&case.pattern));
                match (first, last) {
                    (Some(first), Some(last)) => first.to(last),
                    _ => proc_macro2::Span::call_site().into(),
                }
            }
        }
    }

    /// Whether the pattern binds this name.
    pub fn binds(&self, name: &Ident) -> bool {
        match self {
            Self::Variants(cases) => {
                !cases.is_empty() && cases.iter().all(|case| pattern_binds(&case.pattern, name))
            }
            _ => false,
        }
    }
}

impl Rule {
    /// What the rule's count is stored under.
    pub fn key(&self) -> String {
        if let Some(id) = &self.id {
            return id.value.clone();
        }
        let matchers: Vec<_> = self.matchers.iter().map(Matcher::text).collect();
        let when = self
            .when
            .as_ref()
            .map(|when| format!(" when {}", text::of(when)));
        matchers.join(", ") + &when.unwrap_or_default()
    }

    pub fn at(&self) -> Place {
        match (self.matchers.first(), self.matchers.last()) {
            (Some(first), Some(last)) => first.at().to(last.at()),
            _ => self.keyword.span().into(),
        }
    }
}

/// Reads the list of one rule; `None` if what it matches is unknown.
pub fn parse(option: &RawOption, errors: &mut Errors) -> Option<Rule> {
    let RawValue::List(list_at, tokens) = &option.value else {
        return None;
    };
    let table = if option.opt.name == "retry_on" {
        &RETRY_ON
    } else {
        &DISCARD_ON
    };
    let before = errors.len();
    let (matchers, options) = raw::all(tokens.clone(), |input| {
        let (mut matchers, mut options) = (Vec::new(), Vec::new());
        while !input.is_empty() {
            if is_option(input) {
                if let Some(option) = raw::one(input, table, errors) {
                    raw::add(option, &mut options, table, errors);
                }
            } else if let Some(matcher) = matcher(input, table, errors) {
                matchers.push(matcher);
            }
            raw::separator(input, errors);
        }
        (matchers, options)
    });
    if matchers.is_empty() && errors.len() == before {
        let name = option.opt.name;
        errors.push(
            *list_at,
            format!("`{name}` needs at least one error type"),
            format!(
                "write `{}`, or `{name}(any)` for every error",
                option.opt.example
            ),
        );
    }
    let mut rule = Rule {
        keyword: option.key.clone(),
        matchers,
        when: None,
        id: None,
        action: match option.opt.name {
            "retry_on" => Action::Retry(Box::default()),
            _ => Action::Discard { report: Vec::new() },
        },
    };
    for option in &options {
        read(option, &mut rule, errors);
    }
    (!rule.matchers.is_empty()).then_some(rule)
}

/// `key = …`, or a single word that names an option and nothing else.
fn is_option(input: ParseStream<'_>) -> bool {
    if !input.peek(Ident::peek_any) {
        return false;
    }
    let ahead = input.fork();
    if ahead.call(Ident::parse_any).is_err() {
        return false;
    }
    ahead.peek(Token![=]) && !ahead.peek(Token![==]) && !ahead.peek(Token![=>])
}

fn matcher(input: ParseStream<'_>, table: &Table, errors: &mut Errors) -> Option<Matcher> {
    let begin = input.fork();
    if let Some(matcher) = pattern(input).or_else(|| type_or_any(input)) {
        return Some(matcher);
    }
    raw::skip(input);
    let taken = raw::between(&begin, input);
    let at = if taken.is_empty() {
        raw::next_place(&begin)
    } else {
        Place::of(&taken)
    };
    let name = table.inside.unwrap_or_default();
    let help = match syn::parse2::<syn::LitStr>(taken) {
        Ok(text) => match syn::parse_str::<Path>(&text.value()) {
            Ok(path) => format!("write `{name}({})`", text::of(&path)),
            Err(_) => format!("write `{name}(MyError)`"),
        },
        Err(_) => {
            format!("write `{name}(MyError)`, `{name}(MyError::Variant(_))` or `{name}(any)`")
        }
    };
    errors.push(at, "an error is named by its type", help);
    None
}

/// Variant patterns: a path whose last segment but one begins with a capital.
fn pattern(input: ParseStream<'_>) -> Option<Matcher> {
    let ahead = input.fork();
    let pattern = Pat::parse_multi_with_leading_vert(&ahead).ok()?;
    if !(ahead.is_empty() || ahead.peek(Token![,])) {
        return None;
    }
    let mut cases = Vec::new();
    flatten(pattern, &mut cases)?;
    raw::skip_to(input, &ahead);
    Some(Matcher::Variants(cases))
}

fn flatten(pattern: Pat, cases: &mut Vec<Case>) -> Option<()> {
    let path = match &pattern {
        Pat::Or(or) => {
            for case in &or.cases {
                flatten(case.clone(), cases)?;
            }
            return Some(());
        }
        Pat::Paren(inner) => return flatten((*inner.pat).clone(), cases),
        Pat::Struct(of) => &of.path,
        Pat::TupleStruct(of) => &of.path,
        Pat::Path(of) if of.qself.is_none() && is_variant(&of.path) => &of.path,
        _ => return None,
    };
    let of = enum_of(path)?;
    cases.push(Case { of, pattern });
    Some(())
}

fn is_variant(path: &Path) -> bool {
    let mut from_the_end = path.segments.iter().rev().skip(1);
    from_the_end.next().is_some_and(|segment| {
        let name = segment.ident.to_string();
        name.trim_start_matches("r#")
            .starts_with(char::is_uppercase)
    })
}

/// `ApiError` of `ApiError::Client`; a struct's own path for a struct pattern.
fn enum_of(path: &Path) -> Option<Path> {
    let mut of = path.clone();
    if is_variant(path) {
        of.segments.pop();
        of.segments.pop_punct();
    }
    (!of.segments.is_empty()).then_some(of)
}

fn type_or_any(input: ParseStream<'_>) -> Option<Matcher> {
    let ahead = input.fork();
    let of = ahead.parse::<Type>().ok()?;
    if !(ahead.is_empty() || ahead.peek(Token![,])) || matches!(of, Type::Infer(_) | Type::Macro(_))
    {
        return None;
    }
    raw::skip_to(input, &ahead);
    if let Type::Path(path) = &of
        && let Some(any) = path.path.get_ident().filter(|ident| *ident == "any")
    {
        return Some(Matcher::Any(any.clone()));
    }
    Some(Matcher::Type(Box::new(of)))
}

fn read(option: &RawOption, rule: &mut Rule, errors: &mut Errors) {
    let RawValue::Value(expr) = &option.value else {
        return;
    };
    let value = Value {
        name: option.opt.name,
        example: option.opt.example,
        expr,
    };
    match option.opt.name {
        "when" => rule.when = function(value, errors),
        "id" => rule.id = value.stored_name("a rule's `id`", errors),
        name => match &mut rule.action {
            Action::Discard { report } if name == "report" => *report = value.functions(errors),
            Action::Discard { .. } => {}
            Action::Retry(retry) => read_retry(name, value, &rule.matchers, retry, errors),
        },
    }
}

fn read_retry(
    name: &str,
    value: Value<'_>,
    matchers: &[Matcher],
    retry: &mut Retry,
    errors: &mut Errors,
) {
    let at = Place::of(value.expr);
    match name {
        "attempts" => retry.attempts = attempts(value, errors),
        "within" => retry.within = value.duration(false, errors),
        "backoff" => retry.backoff = backoff(value, errors),
        "wait" => retry.wait = wait(value, matchers, errors),
        "factor" => {
            let factor = value.number("a number greater than 0", |n| n > 0.0, errors);
            retry.factor = factor.map(|factor| Spanned::new(factor, at));
        }
        "max_wait" => retry.max_wait = value.duration(false, errors),
        "jitter" => {
            retry.jitter = value.number("a share from 0 to 1", |n| (0.0..=1.0).contains(&n), errors)
        }
        "queue" => retry.queue = value.queue(errors),
        "priority" => retry.priority = value.priority(errors),
        "on_exhausted" => retry.on_exhausted = value.functions(errors),
        _ => {}
    }
}

fn attempts(value: Value<'_>, errors: &mut Errors) -> Option<Attempts> {
    if let Expr::Lit(syn::ExprLit {
        lit: syn::Lit::Int(_),
        ..
    }) = value.expr
    {
        return match value.count(errors)? {
            0 => {
                let help = "use `discard_on` to give up at once";
                errors.push(Place::of(value.expr), "`attempts` must be at least 1", help);
                None
            }
            count => Some(Attempts::Limited(count)),
        };
    }
    if let Expr::Unary(_) = value.expr {
        return value.count(errors).map(Attempts::Limited);
    }
    value
        .word(&["unlimited"], errors)
        .map(|_| Attempts::Unlimited)
}

fn backoff(value: Value<'_>, errors: &mut Errors) -> Option<Backoff> {
    const WORDS: &[&str] = &[
        "constant",
        "linear",
        "exponential",
        "polynomial",
        "exponentially_longer",
    ];
    let at = Place::of(value.expr);
    match value.expr {
        Expr::Lit(_) => value
            .word(WORDS, errors)
            .map(|word| Backoff::Word(Spanned::new(word, at))),
        Expr::Path(path) => match path.path.get_ident().map(Ident::to_string) {
            // A bare word that is near one of ours is that; any other is the name of a function.
            Some(word)
                if WORDS.contains(&word.as_str())
                    || crate::suggest::nearest(&word, WORDS.iter().copied()).is_some() =>
            {
                value
                    .word(WORDS, errors)
                    .map(|word| Backoff::Word(Spanned::new(word, at)))
            }
            _ => Some(Backoff::Function(value.expr.clone())),
        },
        _ => function(value, errors).map(Backoff::Function),
    }
}

fn wait(value: Value<'_>, matchers: &[Matcher], errors: &mut Errors) -> Option<Wait> {
    let at = Place::of(value.expr);
    if let Expr::Path(path) = value.expr {
        if let Some(name) = path.path.get_ident()
            && matchers.iter().any(|matcher| matcher.binds(name))
        {
            return Some(Wait::Binding(name.clone()));
        }
        return Some(Wait::Function(value.expr.clone()));
    }
    if matches!(value.expr, Expr::Closure(_)) {
        return Some(Wait::Function(value.expr.clone()));
    }
    value
        .duration(true, errors)
        .map(|wait| Wait::For(Spanned::new(wait, at)))
}

/// A closure or a path.
fn function(value: Value<'_>, errors: &mut Errors) -> Option<Expr> {
    if matches!(value.expr, Expr::Closure(_) | Expr::Path(_)) {
        return Some(value.expr.clone());
    }
    let name = value.name;
    errors.push(
        Place::of(value.expr),
        format!("`{name}` takes a closure or a function's path"),
        format!("write `{}`", value.example),
    );
    None
}

fn pattern_binds(pattern: &impl ToTokens, name: &Ident) -> bool {
    binds(pattern.to_token_stream(), name)
}

/// A name in a pattern that is neither part of a path nor a field's label binds.
fn binds(tokens: TokenStream, name: &Ident) -> bool {
    use proc_macro2::TokenTree;
    let trees: Vec<_> = tokens.into_iter().collect();
    let colon = |at: Option<&TokenTree>| matches!(at, Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
    trees.iter().enumerate().any(|(at, tree)| match tree {
        TokenTree::Group(group) => binds(group.stream(), name),
        TokenTree::Ident(ident) => {
            ident == name
                && !colon(trees.get(at + 1))
                && !(at >= 2 && colon(trees.get(at - 1)) && colon(trees.get(at - 2)))
        }
        _ => false,
    })
}
