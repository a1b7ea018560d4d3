//! The shapes of values that options share.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, ExprLit, Lit, Path, UnOp};

use super::duration;
use crate::{
    errors::Errors,
    names,
    spanned::{Place, Spanned},
    suggest, text,
};

/// One option's value while it is read.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    pub name: &'a str,
    pub example: &'static str,
    pub expr: &'a Expr,
}

/// A queue as an option names it.
#[derive(Clone)]
pub enum QueueRef {
    /// A name that stands in `crate::queues`, or where `queues = path` says.
    Named(Ident),
    /// A path to a constant.
    At(Path),
}

impl Value<'_> {
    fn at(&self) -> Place {
        Place::of(self.expr)
    }

    /// `` `name` takes <what> ``
    fn wrong<T>(&self, what: &str, errors: &mut Errors) -> Option<T> {
        let (name, example) = (self.name, self.example);
        errors.push(
            self.at(),
            format!("`{name}` takes {what}"),
            format!("write `{example}`"),
        );
        None
    }

    /// Whether it is a string literal.
    pub fn is_text(&self) -> bool {
        self.text().is_some()
    }

    fn text(&self) -> Option<(String, proc_macro2::Span)> {
        match self.expr {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some((text.value(), text.span())),
            _ => None,
        }
    }

    fn path(&self) -> Option<&Path> {
        match self.expr {
            Expr::Path(path) if path.qself.is_none() && path.attrs.is_empty() => Some(&path.path),
            _ => None,
        }
    }

    pub fn string(self, errors: &mut Errors) -> Option<Spanned<String>> {
        match self.text() {
            Some((text, span)) => Some(Spanned::new(text, span)),
            None => self.wrong("a string", errors),
        }
    }

    /// A name under which something is stored.
    pub fn stored_name(self, what: &str, errors: &mut Errors) -> Option<Spanned<String>> {
        let name = self.string(errors)?;
        if let Some((message, help)) = names::stored_name_problem(what, &name.value) {
            errors.push(name.at, message, help);
            return None;
        }
        Some(name)
    }

    pub fn boolean(self, errors: &mut Errors) -> Option<bool> {
        match self.expr {
            Expr::Lit(ExprLit {
                lit: Lit::Bool(value),
                ..
            }) => Some(value.value),
            _ => self.wrong("`true` or `false`", errors),
        }
    }

    /// Milliseconds; longer than zero unless that has a meaning.
    /// A size as text: a number of `B`, `KiB` or `MiB`, from 1 KiB to 1 MiB.
    pub fn size(self, errors: &mut Errors) -> Option<u64> {
        const KIB: u64 = 1_024;
        let Some((text, _)) = self.text() else {
            return self.wrong("a size", errors);
        };
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let unit = match text.get(digits.len()..).map(str::trim) {
            Some("B") => 1,
            Some("KiB") => KIB,
            Some("MiB") => KIB * KIB,
            _ => return self.wrong("a size in `B`, `KiB` or `MiB`", errors),
        };
        let size = digits
            .parse::<u64>()
            .ok()
            .and_then(|size| size.checked_mul(unit));
        match size {
            Some(size) if (KIB..=KIB * KIB).contains(&size) => Some(size),
            _ => self.wrong("a size from 1 KiB to 1 MiB", errors),
        }
    }

    pub fn duration(self, zero: bool, errors: &mut Errors) -> Option<u64> {
        let Some((text, _)) = self.text() else {
            if let Expr::Lit(ExprLit {
                lit: Lit::Int(_) | Lit::Float(_),
                ..
            }) = self.expr
            {
                let help = format!("write `{} = \"{}s\"`", self.name, text::of(self.expr));
                errors.push(self.at(), "a duration needs a unit", help);
                return None;
            }
            return self.wrong("a duration", errors);
        };
        match duration::parse(&text) {
            Ok(0) if !zero => {
                let name = self.name;
                let help = match name {
                    "retain" => "write `retain = false` to keep no record".to_owned(),
                    "timeout" => "leave `timeout` out for no limit".to_owned(),
                    "per" => format!("write `{}`", self.example),
                    _ => format!("leave `{name}` out, or write `{}`", self.example),
                };
                errors.push(
                    self.at(),
                    format!("`{name}` must be longer than zero"),
                    help,
                );
                None
            }
            Ok(milliseconds) => Some(milliseconds),
            Err(problem) => {
                errors.push(self.at(), problem.message, problem.help);
                None
            }
        }
    }

    /// A whole number that is not negative.
    pub fn count(self, errors: &mut Errors) -> Option<u32> {
        match self.expr {
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) => match number.base10_parse() {
                Ok(number) => Some(number),
                Err(_) => self.wrong("a number up to 4294967295", errors),
            },
            _ => self.wrong("a whole number, zero or more", errors),
        }
    }

    /// A number with or without a fraction.
    pub fn number(self, what: &str, fits: fn(f64) -> bool, errors: &mut Errors) -> Option<f64> {
        let number = match self.expr {
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) => number.base10_parse().ok(),
            Expr::Lit(ExprLit {
                lit: Lit::Float(number),
                ..
            }) => number.base10_parse().ok(),
            _ => None,
        };
        match number.filter(|number: &f64| number.is_finite() && fits(*number)) {
            Some(number) => Some(number),
            None => self.wrong(what, errors),
        }
    }

    /// A literal within `i16`, or a path to a constant.
    pub fn priority(self, errors: &mut Errors) -> Option<TokenStream> {
        if let Some(path) = self.path() {
            return Some(path.to_token_stream());
        }
        let (literal, sign) = match self.expr {
            Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => (&*unary.expr, "-"),
            expr => (expr, ""),
        };
        let Expr::Lit(ExprLit {
            lit: Lit::Int(number),
            ..
        }) = literal
        else {
            return self.wrong("a number or the path of a constant", errors);
        };
        if !number.suffix().is_empty() && number.suffix() != "i16" {
            return self.wrong("an `i16`", errors);
        }
        match format!("{sign}{}", number.base10_digits()).parse::<i16>() {
            Ok(_) => Some(self.expr.to_token_stream()),
            Err(_) => {
                let help = "lower numbers run first; the default is 0";
                let name = self.name;
                errors.push(
                    self.at(),
                    format!("`{name}` is {} to {}", i16::MIN, i16::MAX),
                    help,
                );
                None
            }
        }
    }

    /// A literal above zero, or a path to a `u32` constant, which is checked where it is used.
    pub fn limit(self, errors: &mut Errors) -> Option<TokenStream> {
        if let Some(path) = self.path() {
            let span = path
                .segments
                .last()
                .map_or_else(proc_macro2::Span::call_site, |last| last.ident.span());
            return Some(quote::quote_spanned!(span=> __p::limit(#path)));
        }
        let number = match self.expr {
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) if matches!(number.suffix(), "" | "u32") => number.base10_parse::<u32>().ok(),
            _ => None,
        };
        match number {
            Some(0) => {
                let help = format!("write `{}`, or leave the limit out", self.example);
                errors.push(self.at(), "with a limit of 0 no job would ever run", help);
                None
            }
            Some(number) => Some(quote!(#number)),
            None => self.wrong(
                "a number from 1 to 4294967295 or the path of a `u32` constant",
                errors,
            ),
        }
    }

    /// One of a few words, as a string or as an identifier.
    pub fn word(self, words: &[&'static str], errors: &mut Errors) -> Option<&'static str> {
        let written = match (self.text(), self.path().and_then(Path::get_ident)) {
            (Some((text, _)), _) => text,
            (None, Some(ident)) => names::plain(ident),
            (None, None) => {
                return self.wrong(&format!("one of {}", suggest::list(words)), errors);
            }
        };
        if let Some(word) = words.iter().find(|word| **word == written) {
            return Some(word);
        }
        let message = format!("`{}` knows no `{written}`", self.name);
        errors.push(
            self.at(),
            message,
            suggest::help(&written, words, "it is one of"),
        );
        None
    }

    pub fn type_path(self, what: &str, errors: &mut Errors) -> Option<Path> {
        match self.path() {
            Some(path) => Some(path.clone()),
            None => self.wrong(what, errors),
        }
    }

    pub fn ident(self, what: &str, errors: &mut Errors) -> Option<Ident> {
        match self.path().and_then(Path::get_ident) {
            Some(ident) => Some(ident.clone()),
            None => self.wrong(what, errors),
        }
    }

    /// One path or a list of paths.
    pub fn functions(self, errors: &mut Errors) -> Vec<Path> {
        let one = std::slice::from_ref(self.expr);
        let list: Vec<&Expr> = match self.expr {
            Expr::Array(list) => list.elems.iter().collect(),
            _ => one.iter().collect(),
        };
        let mut paths = Vec::new();
        for expr in list {
            let value = Value { expr, ..self };
            match value.path() {
                Some(path) => paths.push(path.clone()),
                None => value
                    .wrong("a function's path, or a list of them", errors)
                    .unwrap_or(()),
            }
        }
        paths
    }

    /// A queue: its name as a string or identifier, or the path of its constant.
    pub fn queue(self, errors: &mut Errors) -> Option<QueueRef> {
        if let Some(path) = self.path() {
            return Some(match path.get_ident() {
                Some(ident) => QueueRef::Named(ident.clone()),
                None => QueueRef::At(path.clone()),
            });
        }
        let Some((name, span)) = self.text() else {
            return self.wrong("the name of a queue", errors);
        };
        if name.is_empty() {
            return self.wrong("the name of a queue", errors);
        }
        if let Some(ident) = names::identifier(&name, span) {
            return Some(QueueRef::Named(ident));
        }
        let message =
            format!("the queue `{name}` is named by its constant here, not by its stored name");
        let constant = name.replace(|c: char| !c.is_alphanumeric(), "_");
        let help = match names::identifier(&constant, span) {
            Some(ident) => {
                format!("write `queue = {ident}`, if it is declared as `{ident} as \"{name}\"`")
            }
            None => "write `queue = constant`, as it is declared in `queues!`".to_owned(),
        };
        errors.push(span, message, help);
        None
    }
}

/// The constant of a queue. Its whole path carries the place of the user's word, so that the compiler's error does, too.
pub fn queue_path(queue: &QueueRef, queues: Option<&Path>) -> TokenStream {
    match queue {
        QueueRef::At(path) => path.to_token_stream(),
        QueueRef::Named(name) => match queues {
            Some(prefix) => quote!(#prefix::#name),
            None => {
                let span = name.span();
                quote::quote_spanned!(span=> crate::queues::#name)
            }
        },
    }
}
