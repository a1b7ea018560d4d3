//! The rules of a job's parameters.

use syn::Type;

use crate::{
    errors::Errors,
    job::{
        parameters::{Argument, Parameter, Role},
        parse::RawJob,
    },
    names,
    spanned::Place,
    text,
    types::{self, Unstorable},
};

const MAX_ARGUMENTS: usize = 16;

pub(super) fn check(job: &RawJob, errors: &mut Errors) {
    for parameter in &job.parameters {
        has_a_name(parameter, errors);
        match &parameter.role {
            Role::Argument(_) => is_owned(parameter, errors),
            Role::State => is_shared_reference(parameter, "state", errors),
            Role::Context(_) => is_shared_reference(parameter, "ctx", errors),
            Role::Refused => {}
        }
    }
    one_context(job, errors);
    one_input(job, errors);
    few_arguments(job, errors);
    stored_names_differ(job, errors);
}

fn has_a_name(parameter: &Parameter, errors: &mut Errors) {
    if parameter.ident.is_some() {
        return;
    }
    let ty = text::of(&parameter.ty);
    let help = match &parameter.ty {
        Type::Tuple(_) => format!("write `pair: {ty}` and destructure inside"),
        _ => format!("write `value: {ty}`"),
    };
    errors.push(parameter.pattern, "a job argument needs a name", help);
}

fn is_owned(parameter: &Parameter, errors: &mut Errors) {
    const STORED: &str = "a job argument cannot be a reference: it is stored and read back later";
    let name = parameter
        .ident
        .as_ref()
        .map(names::plain)
        .unwrap_or_default();
    match types::unstorable(&parameter.ty) {
        None => {}
        Some(Unstorable::Reference(at, owned)) => {
            let whole = matches!(parameter.ty, Type::Reference(_));
            let ty = text::of(&parameter.ty);
            let is =
                |word: &str| ty.trim_start_matches(['&', ' ']).rsplit("::").next() == Some(word);
            let help = if whole && is("JobContext") {
                format!("mark it: `#[ctx] {name}: {ty}`")
            } else if whole && injected(&parameter.ty) {
                format!("an injected value is marked: `#[state] {name}: {ty}`")
            } else {
                format!("take `{owned}`")
            };
            errors.push(at, STORED, help);
        }
        Some(Unstorable::Lifetime(at)) => errors.push(at, STORED, "take an owned type"),
        Some(Unstorable::Opaque(at)) => {
            errors.push(
                at,
                "a job argument must have a concrete type",
                "name the type, for example `String`",
            );
        }
    }
}

/// What is taken by reference only to be injected: trait objects and handles of other libraries.
fn injected(of: &Type) -> bool {
    let Type::Reference(reference) = of else {
        return false;
    };
    let referent = types::ungrouped(&reference.elem);
    let names = ["Pool", "PgPool", "SqlitePool", "Client", "Arc"];
    match referent {
        Type::TraitObject(_) => true,
        Type::Paren(inner) => matches!(*inner.elem, Type::TraitObject(_)),
        of => types::last_name(of).is_some_and(|name| names.contains(&name.as_str())),
    }
}

fn is_shared_reference(parameter: &Parameter, role: &str, errors: &mut Errors) {
    let name = parameter
        .ident
        .as_ref()
        .map(names::plain)
        .unwrap_or_default();
    let ty = text::of(&parameter.ty);
    match &parameter.ty {
        Type::Reference(reference) if reference.mutability.is_none() => {}
        Type::Reference(reference) => {
            let owned = text::of(&reference.elem);
            errors.push(
                Place::of(&parameter.ty),
                format!("a `#[{role}]` parameter is shared, so it cannot be `&mut`"),
                format!("write `{name}: &{owned}`"),
            );
        }
        _ => errors.push(
            Place::of(&parameter.ty),
            format!("a `#[{role}]` parameter is taken by reference"),
            format!("write `{name}: &{ty}`"),
        ),
    }
}

fn one_context(job: &RawJob, errors: &mut Errors) {
    let contexts = job
        .parameters
        .iter()
        .filter_map(|parameter| match parameter.role {
            Role::Context(at) => Some(at),
            _ => None,
        });
    for at in contexts.skip(1) {
        errors.push(at, "only one parameter can be `#[ctx]`", "remove this one");
    }
}

/// A chain hands on one output.
fn one_input(job: &RawJob, errors: &mut Errors) {
    for at in job.parameters.iter().filter_map(Parameter::input).skip(1) {
        errors.push(
            at,
            "only one parameter can be `#[input]`",
            "remove this one; behind `jobs::all` the input is one tuple: `#[input] parts: (A, B)`",
        );
    }
}

fn few_arguments(job: &RawJob, errors: &mut Errors) {
    if let Some(parameter) = job.arguments().nth(MAX_ARGUMENTS) {
        errors.push(
            parameter.pattern.to(Place::of(&parameter.ty)),
            format!("a job takes at most {MAX_ARGUMENTS} arguments"),
            "group them in a struct",
        );
    }
}

fn stored_names_differ(job: &RawJob, errors: &mut Errors) {
    let mut seen: Vec<String> = Vec::new();
    for argument in job.arguments() {
        let name = argument.stored_name();
        if !name.is_empty() && seen.contains(&name) {
            let at = match &argument.role {
                Role::Argument(Argument {
                    rename: Some(rename),
                    ..
                }) => rename.at,
                _ => argument.pattern,
            };
            let renamed = job.arguments().any(|other| {
                matches!(&other.role, Role::Argument(a) if a.rename.is_some())
                    && other.stored_name() == name
            });
            // Two parameters of one name are the compiler's to report.
            if renamed {
                errors.push(
                    at,
                    format!("two arguments are stored as `{name}`"),
                    "rename one of them",
                );
            }
        }
        seen.push(name);
    }
}
