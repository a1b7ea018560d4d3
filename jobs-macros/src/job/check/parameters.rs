//! The rules of a job's parameters.

use proc_macro2::Span;
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
            Role::Transaction(_) => is_unique_reference(parameter, "tx", errors),
            Role::Flow(_) => is_unique_reference(parameter, "flow", errors),
            Role::Refused => {}
        }
    }
    one_of_each(job, errors);
    one_input(job, errors);
    no_flow_that_blocks(job, errors);
    no_transaction_beside(job, errors);
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
            let help = if lends(&parameter.ty, "Transaction") {
                format!("mark it: `#[tx] {name}: {ty}`")
            } else if lends(&parameter.ty, "Flow") {
                format!("mark it: `#[flow] {name}: {ty}`")
            } else if whole && is("JobContext") {
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

/// Whether it is a reference to a type of this name.
fn lends(of: &Type, wanted: &str) -> bool {
    let Type::Reference(reference) = of else {
        return false;
    };
    let referent = types::ungrouped(&reference.elem);
    types::last_name(referent).is_some_and(|name| name == wanted)
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

fn is_unique_reference(parameter: &Parameter, role: &str, errors: &mut Errors) {
    let name = parameter
        .ident
        .as_ref()
        .map(names::plain)
        .unwrap_or_default();
    let owned = match &parameter.ty {
        Type::Reference(reference) if reference.mutability.is_some() => return,
        Type::Reference(reference) => text::of(&reference.elem),
        of => text::of(of),
    };
    errors.push(
        Place::of(&parameter.ty),
        format!("a `#[{role}]` parameter is taken by `&mut`"),
        format!("write `{name}: &mut {owned}`"),
    );
}

fn one_of_each(job: &RawJob, errors: &mut Errors) {
    let mut once = |name: &str, find: fn(&Role) -> Option<Span>| {
        let found = job.parameters.iter().filter_map(|one| find(&one.role));
        for at in found.skip(1) {
            errors.push(
                at,
                format!("only one parameter can be `#[{name}]`"),
                "remove this one",
            );
        }
    };
    once("ctx", |role| match role {
        Role::Context(at) => Some(*at),
        _ => None,
    });
    once("tx", |role| match role {
        Role::Transaction(at) => Some(*at),
        _ => None,
    });
    once("flow", |role| match role {
        Role::Flow(at) => Some(*at),
        _ => None,
    });
}

/// Its steps are futures.
fn no_flow_that_blocks(job: &RawJob, errors: &mut Errors) {
    let flow = job.parameters.iter().find_map(|one| match one.role {
        Role::Flow(at) => Some(at),
        _ => None,
    });
    if let Some(at) = flow.filter(|_| job.is_blocking()) {
        errors.push(
            at,
            "a `blocking` job has no `#[flow]`: its steps are futures, and a wait would hold its thread",
            "write an `async fn` without `blocking`, and call `tokio::task::spawn_blocking` inside a step",
        );
    }
}

/// It would be open across waits, or on a thread.
fn no_transaction_beside(job: &RawJob, errors: &mut Errors) {
    let tx = job.parameters.iter().find_map(|one| match one.role {
        Role::Transaction(at) => Some(at),
        _ => None,
    });
    let Some(at) = tx else { return };
    if job.is_blocking() {
        errors.push(
            at,
            "a `blocking` job has no `#[tx]`: its statements are futures",
            "write an `async fn` without `blocking`",
        );
    }
    let flow = |one: &Parameter| matches!(one.role, Role::Flow(_));
    if job.parameters.iter().any(flow) {
        errors.push(
            at,
            "a job has `#[flow]` or `#[tx]`, not both: a transaction cannot be open across waits",
            "enqueue a job with `#[tx]` from a step of the flow",
        );
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
