//! Tokens → [`RawJob`]. Never fails; errors go to `Errors`.

use proc_macro2::{Ident, TokenStream};
use syn::FnArg;

use super::parameters::{Parameter, Role};
use crate::{
    errors::Errors,
    item::{Item, JobFn},
    names,
    options::{self, Options, raw},
    types::{self, Output},
};

/// A job as written.
pub struct RawJob {
    pub options: Options,
    pub function: JobFn,
    pub parameters: Vec<Parameter>,
    pub output: Output,
    /// The type's name; `None` if the function's name gives none.
    pub name: Option<Ident>,
}

pub fn parse(tokens: TokenStream, function: JobFn, errors: &mut Errors) -> RawJob {
    let raw = raw::parse(tokens, &options::JOB, errors);
    let options = Options::read(&raw, errors);
    let parameters = function
        .signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(typed) => Some(Parameter::read(typed, errors)),
            FnArg::Receiver(_) => None,
        })
        .collect();
    let ident = &function.signature.ident;
    let camel = names::upper_camel(&ident.to_string());
    let name = match &options.struct_name {
        Some(name) => Some(name.clone()),
        None => names::identifier(&camel, ident.span()),
    };
    RawJob {
        output: Output::of(&function.signature.output),
        options,
        parameters,
        name,
        function,
    }
}

/// The attribute stands on something that is no readable function.
pub fn options_alone(tokens: TokenStream, item: &Item, errors: &mut Errors) {
    let raw = raw::parse(tokens, &options::JOB, errors);
    Options::read(&raw, errors);
    if let Item::Other(at) = item {
        errors.push(
            *at,
            "`#[job]` goes on an `async fn`",
            "move it to the function that does the work",
        );
    }
}

impl RawJob {
    /// What the type stores: the arguments in order.
    pub fn arguments(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters
            .iter()
            .filter(|parameter| parameter.is_argument())
    }

    /// The argument that a chain fills, with its place among the arguments.
    pub fn input(&self) -> Option<(usize, &Parameter)> {
        self.arguments()
            .enumerate()
            .find(|(_, argument)| argument.input().is_some())
    }

    pub fn name_span(&self) -> proc_macro2::Span {
        self.function.signature.ident.span()
    }

    /// Whether its future owns something that it is lent.
    pub fn takes_by_mut(&self) -> bool {
        let owns =
            |parameter: &Parameter| matches!(parameter.role, Role::Flow(_) | Role::Transaction(_));
        self.parameters.iter().any(owns)
    }

    pub fn is_blocking(&self) -> bool {
        self.options.blocking.is_some()
    }

    pub fn has_receiver(&self) -> bool {
        matches!(
            self.function.signature.inputs.first(),
            Some(FnArg::Receiver(_))
        )
    }

    /// `impl Trait` somewhere in the return type.
    pub fn has_opaque_output(&self) -> bool {
        self.opaque_output().is_some()
    }

    pub fn opaque_output(&self) -> Option<crate::spanned::Place> {
        let syn::ReturnType::Type(_, of) = &self.function.signature.output else {
            return None;
        };
        match types::unstorable(of) {
            Some(types::Unstorable::Opaque(at)) => Some(at),
            _ => None,
        }
    }
}
