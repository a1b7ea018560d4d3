//! A job that runs by itself: what it needs, and the table that says when.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Expr;

use super::{
    expand::{constant, converted},
    parameters::{Parameter, Role},
    parse::RawJob,
};
use crate::{errors::Errors, names, options::recurring::Recurring, spanned::Place, suggest};

pub fn check(job: &RawJob, errors: &mut Errors) {
    let recurring = &job.options.recurring;
    let (cron, every) = (job.options.given("cron"), job.options.given("every"));
    if !cron && !every {
        for (option, at) in &recurring.beside {
            errors.push(
                *at,
                format!("`{option}` needs `cron` or `every`"),
                format!("add `cron = \"0 9 * * *\"`, or remove `{option}`"),
            );
        }
        return;
    }
    if !cfg!(any(test, feature = "cron")) {
        errors.push(
            job.name_span(),
            "`cron` and `every` need the feature `cron` of `jobs`",
            "add `features = [\"cron\"]` to `jobs` in Cargo.toml",
        );
    }
    one_kind(recurring, cron && every, errors);
    named_arguments_exist(job, errors);
    every_argument_has_a_value(job, if cron { "cron" } else { "every" }, errors);
}

fn one_kind(recurring: &Recurring, both: bool, errors: &mut Errors) {
    if let Some(every) = recurring.every.as_ref().filter(|_| both) {
        errors.push(
            every.at,
            "a job has either `cron` or `every`",
            "keep one of them, or write the period as another `cron`",
        );
    }
    if let Some(zone) = recurring.timezone.as_ref().filter(|_| !both)
        && recurring.every.is_some()
    {
        errors.push(
            zone.at,
            "a period has no time zone: it is counted from the epoch",
            "remove `timezone`, or write `cron`",
        );
    }
    for (at, cron) in recurring.crons.iter().enumerate() {
        if recurring.crons[..at]
            .iter()
            .any(|before| before.value == cron.value)
        {
            let message = format!("`{}` is already a schedule of this job", cron.value);
            errors.push(cron.at, message, "remove it");
        }
    }
}

fn named_arguments_exist(job: &RawJob, errors: &mut Errors) {
    let known: Vec<String> = job
        .arguments()
        .filter_map(|argument| argument.ident.as_ref().map(names::plain))
        .collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    for (name, _) in &job.options.recurring.args {
        let text = names::plain(name);
        if !known.contains(&text.as_str()) {
            let help = if known.is_empty() {
                "the job has no arguments: remove `args`".to_owned()
            } else {
                suggest::help(&text, &known, "the arguments are")
            };
            errors.push(name.span(), format!("no argument named `{text}`"), help);
        }
    }
}

/// Nobody is there to pass it.
fn every_argument_has_a_value(job: &RawJob, option: &str, errors: &mut Errors) {
    // What was misspelt there is said there.
    if job.options.given("args") && job.options.recurring.args.is_empty() {
        return;
    }
    let given = &job.options.recurring.args;
    let misspelt = given.iter().any(|(name, _)| {
        !job.arguments()
            .any(|argument| argument.ident.as_ref() == Some(name))
    });
    for argument in job.arguments() {
        let Some(ident) = argument.ident.as_ref().filter(|_| !misspelt) else {
            continue;
        };
        if has_default(argument) || given.iter().any(|(name, _)| name == ident) {
            continue;
        }
        let name = names::plain(ident);
        errors.push(
            argument.pattern.to(Place::of(&argument.ty)),
            format!("a job with `{option}` needs a value for every argument"),
            format!(
                "write `args = {{ {name} = … }}` beside `{option}`, give it `#[arg(default)]`, or load it inside"
            ),
        );
    }
}

pub fn has_default(argument: &Parameter) -> bool {
    matches!(&argument.role, Role::Argument(argument) if argument.default.is_some())
}

/// The function that writes the arguments, and the table.
pub fn expand(job: &RawJob) -> Option<(TokenStream, TokenStream)> {
    let recurring = &job.options.recurring;
    let schedule = recurring.schedule()?;
    let zone = recurring
        .timezone
        .as_ref()
        .map_or("UTC", |zone| zone.value.as_str());
    let description = match &recurring.description {
        Some(text) => quote!(__p::std::option::Option::Some(#text)),
        None => quote!(__p::std::option::Option::None),
    };
    let catch_up = match recurring.catch_up {
        Some("all") => quote!(__p::CatchUp::All),
        Some("none") => quote!(__p::CatchUp::None),
        _ => quote!(__p::CatchUp::One),
    };
    let enabled = match &recurring.enabled {
        Some(path) => quote!(__p::std::option::Option::Some(#path)),
        None => quote!(__p::std::option::Option::None),
    };
    let puts = job.arguments().enumerate().filter_map(|(at, argument)| {
        let value = value(argument, &recurring.args)?;
        let (constant, ty) = (constant(at), &argument.ty);
        let value = converted(argument, value);
        let span = proc_macro2::Span::mixed_site();
        Some(quote_spanned! {span=>
            let value: #ty = #value;
            #constant.put(args, &value);
        })
    });
    let items = quote_spanned! {proc_macro2::Span::mixed_site()=>
        fn __recurring(args: &mut __p::ArgsWriter) {
            let _ = &args;
            #(#puts)*
        }
    };
    let table = quote! {
        __p::RecurringDef {
            schedule: #schedule,
            zone: #zone,
            description: #description,
            catch_up: #catch_up,
            enabled: #enabled,
            args: __recurring,
        }
    };
    Some((items, table))
}

fn value<'e>(argument: &Parameter, args: &'e [(Ident, Expr)]) -> Option<&'e Expr> {
    let (_, value) = args
        .iter()
        .find(|(name, _)| Some(name) == argument.ident.as_ref())?;
    Some(value)
}
