//! The function's parameters and what their attributes make of them.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Attribute, Expr, Meta, Pat, PatType, Type};

use crate::{
    errors::Errors,
    names,
    options::{
        self,
        raw::{self, RawValue},
        value::Value,
    },
    spanned::{Place, Spanned},
    suggest, text, types,
};

/// One parameter.
pub struct Parameter {
    /// `None` if it has no plain name.
    pub ident: Option<Ident>,
    pub pattern: Place,
    pub ty: Type,
    pub role: Role,
}

pub enum Role {
    Argument(Argument),
    State,
    Context(Span),
    Flow(Span),
    Transaction(Span),
    /// It has an attribute that was refused.
    Refused,
}

/// `#[arg(…)]`
#[derive(Default)]
pub struct Argument {
    pub default: Option<Default>,
    pub rename: Option<Spanned<String>>,
    /// `#[input]`: a chain fills it.
    pub input: Option<Span>,
}

pub enum Default {
    OfType(Span),
    Value(Box<Expr>),
}

const ROLES: &[&str] = &["state", "ctx", "flow", "tx", "input", "arg"];
const LINTS: &[&str] = &["allow", "expect", "warn", "deny", "forbid"];

impl Parameter {
    pub fn read(typed: &PatType, errors: &mut Errors) -> Self {
        let ident = match &*typed.pat {
            Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => {
                Some(pat.ident.clone())
            }
            _ => None,
        };
        let mut role: Option<Role> = None;
        for attribute in &typed.attrs {
            let Some(read) = read_attribute(attribute, ident.as_ref(), &typed.ty, errors) else {
                continue;
            };
            if role.is_some() {
                errors.push(
                    attribute_path(attribute),
                    "a parameter has one of `#[arg]`, `#[input]`, `#[state]`, `#[ctx]`, `#[flow]` and `#[tx]`",
                    "keep the one that is meant",
                );
            } else {
                role = Some(read);
            }
        }
        Self {
            ident,
            pattern: Place::of(&typed.pat),
            ty: types::ungrouped(&typed.ty).clone(),
            role: role.unwrap_or_else(|| Role::Argument(Argument::default())),
        }
    }

    /// Where `#[input]` stands, if it does.
    pub fn input(&self) -> Option<Span> {
        match &self.role {
            Role::Argument(argument) => argument.input,
            _ => None,
        }
    }

    pub fn is_argument(&self) -> bool {
        matches!(self.role, Role::Argument(_))
    }

    /// The name it is stored under, or passed to messages.
    pub fn stored_name(&self) -> String {
        if let Role::Argument(Argument {
            rename: Some(name), ..
        }) = &self.role
        {
            return name.value.clone();
        }
        self.ident.as_ref().map(names::plain).unwrap_or_default()
    }
}

fn attribute_path(attribute: &Attribute) -> Place {
    Place::of(attribute.path())
}

/// What a parameter attribute makes of it; `None` if it says nothing to us.
fn read_attribute(
    attribute: &Attribute,
    ident: Option<&Ident>,
    ty: &Type,
    errors: &mut Errors,
) -> Option<Role> {
    let at = attribute_path(attribute);
    let written = text::of(attribute.path());
    let name = written.rsplit("::").next().unwrap_or_default();
    if LINTS.contains(&name) {
        return None;
    }
    match name {
        "state" | "ctx" | "input" | "flow" | "tx" => {
            if !matches!(attribute.meta, Meta::Path(_)) {
                let help = format!("write `#[{name}]`");
                errors.push(
                    Place::of(&attribute.meta),
                    format!("`#[{name}]` takes no options"),
                    help,
                );
            }
            Some(match name {
                "state" => Role::State,
                "ctx" => Role::Context(at.start),
                "flow" => Role::Flow(at.start),
                "tx" => Role::Transaction(at.start),
                _ => Role::Argument(Argument {
                    input: Some(at.start),
                    ..Argument::default()
                }),
            })
        }
        "arg" => Some(Role::Argument(argument(attribute, errors))),
        "cfg" | "cfg_attr" => {
            errors.push(
                at,
                format!("a job argument cannot depend on `{name}`"),
                "stored jobs must decode in every build: take the argument always",
            );
            None
        }
        "serde" => {
            errors.push(
                at,
                "a job argument takes no `serde` attributes",
                "write `#[arg(default)]` or `#[arg(rename = \"…\")]`",
            );
            None
        }
        _ => {
            let help = match suggest::nearest(name, ROLES.iter().copied()) {
                Some("arg") => "did you mean `arg`?".to_owned(),
                Some(near) => {
                    let name = ident.map_or_else(|| "it".to_owned(), Ident::to_string);
                    format!(
                        "did you mean `{near}`? Write `#[{near}] {name}: {}`",
                        text::of(ty)
                    )
                }
                None => {
                    "the attributes are `#[arg(…)]`, `#[input]`, `#[state]`, `#[ctx]`, `#[flow]` and `#[tx]`"
                        .to_owned()
                }
            };
            errors.push(
                at,
                format!("unknown attribute `{written}` on a job argument"),
                help,
            );
            // Half typed, perhaps: what it would have allowed is not refused as well.
            Some(Role::Refused)
        }
    }
}

fn argument(attribute: &Attribute, errors: &mut Errors) -> Argument {
    let mut argument = Argument::default();
    let help = "write `#[arg(default)]`, `#[arg(default = 100)]` or `#[arg(rename = \"userId\")]`";
    let tokens: TokenStream = match &attribute.meta {
        Meta::List(list) if !list.tokens.is_empty() => list.tokens.clone(),
        other => {
            errors.push(Place::of(other), "`#[arg]` says nothing", help);
            return argument;
        }
    };
    for option in raw::parse(tokens, &options::ARG, errors) {
        match &option.value {
            RawValue::Flag => argument.default = Some(Default::OfType(option.key.span())),
            RawValue::Value(expr) if option.opt.name == "default" => {
                argument.default = Some(Default::Value(Box::new(expr.clone())));
            }
            RawValue::Value(expr) => {
                let value = Value {
                    name: option.opt.name,
                    example: option.opt.example,
                    expr,
                };
                argument.rename = value.stored_name("an argument's name", errors);
            }
            RawValue::List(..) | RawValue::Broken => {}
        }
    }
    argument
}
