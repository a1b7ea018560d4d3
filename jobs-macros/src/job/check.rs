//! The rules a job must keep, one function each.

mod parameters;

use proc_macro2::Span;
use syn::{Attribute, GenericParam, Safety, Type};

use super::{limits, parse::RawJob};
use crate::{
    errors::Errors,
    level, names,
    options::typed::Retain,
    spanned::Place,
    suggest, text,
    types::{self, Output},
};

pub fn check(job: &RawJob, errors: &mut Errors) {
    level::check::check(&job.options, errors);
    one_job_attribute(job, errors);
    no_entry_point(job, errors);
    name_is_free(job, errors);
    aliases_differ(job, errors);
    version_and_upcast(job, errors);
    redacted_arguments_exist(job, errors);
    limits::check(job, errors);
    retained_if_it_has_an_output(job, errors);
    if job.has_receiver() {
        return no_receiver(job, errors);
    }
    has_a_body(job, errors);
    plain_qualifiers(job, errors);
    async_unless_blocking(job, errors);
    not_generic(job, errors);
    named_type(job, errors);
    named_output(job, errors);
    parameters::check(job, errors);
}

fn last_segment(attribute: &Attribute) -> String {
    let last = attribute.path().segments.last();
    last.map(|last| last.ident.to_string()).unwrap_or_default()
}

/// A second `#[job]` would make a second type.
fn one_job_attribute(job: &RawJob, errors: &mut Errors) {
    for attribute in job
        .function
        .attrs
        .iter()
        .filter(|attribute| last_segment(attribute) == "job")
    {
        let at = Place::of(attribute.path());
        errors.push(
            at,
            "a function can have only one `#[job]`",
            "merge the options into one attribute",
        );
    }
}

/// `main` and tests are called by something else.
fn no_entry_point(job: &RawJob, errors: &mut Errors) {
    for attribute in &job.function.attrs {
        if matches!(last_segment(attribute).as_str(), "main" | "test") {
            let path = text::of(attribute.path());
            errors.push(
                Place::of(attribute.path()),
                format!("`#[{path}]` and `#[job]` cannot be on one function"),
                "make the job a function of its own and call it",
            );
        }
    }
}

fn name_is_free(job: &RawJob, errors: &mut Errors) {
    for name in job.options.name.iter().chain(&job.options.aliases) {
        if name.value.starts_with("jobs.") {
            let help = format!("write `{}`", name.value.replacen("jobs.", "app.", 1));
            errors.push(name.at, "names beginning with `jobs.` are reserved", help);
        }
    }
}

fn aliases_differ(job: &RawJob, errors: &mut Errors) {
    let own = match (&job.options.name, &job.name) {
        (Some(name), _) => name.value.clone(),
        (None, Some(name)) if !job.options.given("name") => names::plain(name),
        _ => String::new(),
    };
    let mut seen = vec![own.as_str()];
    for alias in &job.options.aliases {
        if seen.contains(&alias.value.as_str()) {
            let message = format!("`{}` is already a name of this job", alias.value);
            errors.push(alias.at, message, "remove it from `aliases`");
        }
        seen.push(&alias.value);
    }
}

fn version_and_upcast(job: &RawJob, errors: &mut Errors) {
    let options = &job.options;
    if let Some(version) = options.version.as_ref().filter(|version| version.value > 1)
        && !options.given("upcast")
    {
        errors.push(
            version.at,
            format!("`version = {}` needs `upcast`", version.value),
            "add `upcast = path::to::fn`, which turns older arguments into these",
        );
    }
    if let Some(upcast) = options
        .upcast
        .as_ref()
        .filter(|_| !options.given("version"))
    {
        errors.push(
            Place::of(upcast),
            "`upcast` needs `version`",
            "add `version = 2`",
        );
    }
}

fn redacted_arguments_exist(job: &RawJob, errors: &mut Errors) {
    let names: Vec<String> = job
        .arguments()
        .filter_map(|a| a.ident.as_ref().map(names::plain))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for name in &job.options.redact {
        let text = names::plain(name);
        if !names.contains(&text.as_str()) {
            let help = if names.is_empty() {
                "the job has no arguments: remove `redact`".to_owned()
            } else {
                suggest::help(&text, &names, "the arguments are")
            };
            errors.push(name.span(), format!("no argument named `{text}`"), help);
        }
    }
}

fn retained_if_it_has_an_output(job: &RawJob, errors: &mut Errors) {
    let Some(retain) = job
        .options
        .retain
        .as_ref()
        .filter(|retain| retain.value == Retain::No)
    else {
        return;
    };
    if job.output.stores().is_some() {
        errors.push(
            retain.at,
            "`retain = false` deletes the record, and with it the output of this job",
            "give it a time, as in `retain = \"1h\"`, or return `()`",
        );
    }
}

fn no_receiver(job: &RawJob, errors: &mut Errors) {
    let at = job
        .function
        .signature
        .inputs
        .first()
        .map_or(Span::call_site().into(), Place::of);
    errors.push(
        at,
        "a job cannot take `self`",
        "use a free function and pass what the job needs as arguments",
    );
}

fn has_a_body(job: &RawJob, errors: &mut Errors) {
    if !job.function.has_body {
        errors.push(
            job.name_span(),
            "a job needs a body",
            "put `#[job]` on a free function",
        );
    }
}

fn plain_qualifiers(job: &RawJob, errors: &mut Errors) {
    let signature = &job.function.signature;
    let mut refuse = |at: Place, word: &str| {
        errors.push(
            at,
            format!("a job cannot be `{word}`"),
            format!("remove `{word}`"),
        );
    };
    if let Some(token) = &signature.constness {
        refuse(Place::of(token), "const");
    }
    if !matches!(signature.safety, Safety::Default) {
        refuse(Place::of(&signature.safety), "unsafe");
    }
    if let Some(abi) = &signature.abi {
        refuse(Place::of(abi), "extern");
    }
    if let Some(variadic) = &signature.variadic {
        errors.push(
            Place::of(variadic),
            "a job takes a fixed number of arguments",
            "take a `Vec`",
        );
    }
}

fn async_unless_blocking(job: &RawJob, errors: &mut Errors) {
    let signature = &job.function.signature;
    let name = &signature.ident;
    match (&signature.asyncness, job.options.blocking) {
        (None, None) => {
            let help = if job.has_opaque_output() {
                format!("write `async fn {name}` and return the output type")
            } else {
                format!("write `async fn {name}`, or mark CPU-bound work `#[job(blocking)]`")
            };
            errors.push(signature.fn_token.span, "a job must be an `async fn`", help);
        }
        (Some(_), Some(blocking)) => {
            errors.push(
                blocking,
                "`blocking` goes on a plain `fn`",
                "remove `blocking`, or `async` from the function",
            );
        }
        _ => {}
    }
}

fn not_generic(job: &RawJob, errors: &mut Errors) {
    let generics = &job.function.signature.generics;
    let help = "make one job per type, calling a shared generic function";
    let message = "a job cannot be generic: its stored name must stand for one function";
    let angles = match (&generics.lt_token, &generics.gt_token) {
        (Some(lt), Some(gt)) => Place::of(lt).to(Place::of(gt)),
        _ => {
            if let Some(clause) = generics
                .where_clause
                .as_ref()
                .filter(|c| !c.predicates.is_empty())
            {
                errors.push(Place::of(clause), message, help);
            }
            return;
        }
    };
    let lifetimes = generics
        .params
        .iter()
        .all(|param| matches!(param, GenericParam::Lifetime(_)));
    if generics.params.is_empty() {
        return;
    }
    if lifetimes {
        errors.push(
            angles,
            "a job cannot have lifetimes: its arguments are stored and read back later",
            "take owned types",
        );
    } else {
        errors.push(angles, message, help);
    }
}

fn named_type(job: &RawJob, errors: &mut Errors) {
    if job.options.given("struct_name") {
        return;
    }
    let function = &job.function.signature.ident;
    let help = "name the type: `struct_name = MyJob`";
    match &job.name {
        None => {
            let message = format!("no type can be named after `{function}`");
            errors.push(function.span(), message, help);
        }
        Some(name) if name == function => {
            let message = format!("the function `{function}` and its job would have one name");
            errors.push(
                function.span(),
                message,
                "name the function in snake_case, or the type: `struct_name = MyJob`",
            );
        }
        Some(_) => {}
    }
}

fn named_output(job: &RawJob, errors: &mut Errors) {
    let Some(at) = job.opaque_output() else {
        return;
    };
    match &job.output {
        // A plain function that returns a future misses its `async`, which is said already.
        _ if job.function.signature.asyncness.is_none() && !job.is_blocking() => {}
        Output::Result { output, .. }
            if output.position() != at.position() || output_is_named(job) =>
        {
            errors.push(
                at,
                "a job's error must have a name",
                "use `Box<dyn std::error::Error + Send + Sync>`",
            );
        }
        _ => errors.push(at, "a job's output must have a name", "name the type"),
    }
}

/// Whether the first argument of `Result<T, E>` is free of `impl Trait`.
fn output_is_named(job: &RawJob) -> bool {
    let Output::Result {
        of: Type::Path(path),
        ..
    } = &job.output
    else {
        return true;
    };
    let arguments = path.path.segments.last().map(|last| &last.arguments);
    let Some(syn::PathArguments::AngleBracketed(list)) = arguments else {
        return true;
    };
    match list.args.first() {
        Some(syn::GenericArgument::Type(first)) => types::unstorable(first).is_none(),
        _ => true,
    }
}
