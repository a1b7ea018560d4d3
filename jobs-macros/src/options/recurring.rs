//! `cron`, `every` and what goes with them.

use jobs_cron::{Cron, Problem, duration};
use proc_macro2::{Ident, TokenStream};
use syn::{Expr, Path, Token, ext::IdentExt, parse::ParseStream, parse::Parser};

use super::{raw::RawOption, value::Value};
use crate::{
    errors::Errors,
    names,
    spanned::{Place, Spanned},
};

/// When a job runs by itself, and with what.
#[derive(Default)]
pub struct Recurring {
    pub crons: Vec<Spanned<String>>,
    pub every: Option<Spanned<String>>,
    pub timezone: Option<Spanned<String>>,
    pub description: Option<String>,
    pub catch_up: Option<&'static str>,
    pub enabled: Option<Path>,
    pub args: Vec<(Ident, Expr)>,
    /// The options beside `cron` and `every`, with their values' places.
    pub beside: Vec<(&'static str, Place)>,
}

impl Recurring {
    pub const OPTIONS: [&'static str; 7] = [
        "cron",
        "every",
        "timezone",
        "description",
        "catch_up",
        "enabled",
        "args",
    ];

    /// The schedule as `jobs::Schedule::parse` reads it; `None` for a job that is only enqueued.
    pub fn schedule(&self) -> Option<String> {
        if let Some(every) = &self.every {
            return Some(format!("every {}", every.value));
        }
        let crons: Vec<_> = self.crons.iter().map(|cron| cron.value.as_str()).collect();
        (!crons.is_empty()).then(|| crons.join(" | "))
    }

    pub fn read_value(&mut self, value: Value<'_>, option: &'static str, errors: &mut Errors) {
        if !matches!(option, "cron" | "every") {
            self.beside.push((option, Place::of(value.expr)));
        }
        match option {
            "cron" => self.crons.extend(checked(value, errors, |text| {
                Cron::parse(text).map(|_| text.trim().to_owned())
            })),
            "every" => self.every = checked(value, errors, period),
            "timezone" => {
                self.timezone = checked(value, errors, |text| {
                    jobs_cron::zone(text).map(str::to_owned)
                });
            }
            "description" => self.description = value.string(errors).map(|text| text.value),
            "catch_up" => self.catch_up = value.word(&["one", "all", "none"], errors),
            _ => self.enabled = value.type_path("the path of a function", errors),
        }
    }

    /// `args = { who = "ann", copies = 2 }`
    pub fn read_args(
        &mut self,
        option: &RawOption,
        at: Place,
        tokens: &TokenStream,
        errors: &mut Errors,
    ) {
        self.beside.push(("args", at));
        let help = format!("write `{}`", option.opt.example);
        let entries = |input: ParseStream<'_>| {
            let mut found = Vec::new();
            while !input.is_empty() {
                let name = input.call(Ident::parse_any)?;
                input.parse::<Token![=]>()?;
                found.push((name, input.parse::<Expr>()?));
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(found)
        };
        match entries.parse2(tokens.clone()) {
            Ok(found) if found.is_empty() => errors.push(at, "`args` is empty", help),
            Ok(found) => self.args = found,
            Err(_) => errors.push(at, "`args` takes named values in braces", help),
        }
        for (at, (name, _)) in self.args.iter().enumerate() {
            if self.args[..at].iter().any(|(before, _)| before == name) {
                let name_text = names::plain(name);
                errors.push(
                    name.span(),
                    format!("`{name_text}` is given twice in `args`"),
                    "keep one of them",
                );
            }
        }
    }
}

fn checked(
    value: Value<'_>,
    errors: &mut Errors,
    check: impl FnOnce(&str) -> Result<String, Problem>,
) -> Option<Spanned<String>> {
    let text = value.string(errors)?;
    match check(&text.value) {
        Ok(value) => Some(Spanned::new(value, text.at)),
        Err(problem) => {
            errors.push(text.at, problem.message, problem.help);
            None
        }
    }
}

fn period(text: &str) -> Result<String, Problem> {
    let short = |message: &str| Problem {
        message: message.to_owned(),
        help: "write `every = \"1s\"` or longer".to_owned(),
    };
    match duration::parse(text)? {
        0 => Err(short("`every` must be longer than zero")),
        1..1_000 => Err(short("`every` is shorter than a second")),
        _ => Ok(text.trim().to_owned()),
    }
}
