//! Questions about a type's tokens.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{GenericArgument, Path, PathArguments, ReturnType, Type, TypeParamBound};

use crate::{spanned::Place, text};

/// The first part of a type that can't be stored.
pub enum Unstorable {
    /// A reference; the owned type to take instead.
    Reference(Place, String),
    /// A lifetime other than `'static`.
    Lifetime(Place),
    /// `impl Trait`
    Opaque(Place),
}

/// Looks for references, lifetimes and `impl Trait`, from the outside in.
pub fn unstorable(of: &Type) -> Option<Unstorable> {
    match of {
        Type::Reference(reference) => {
            let owned = owned(&reference.elem);
            Some(Unstorable::Reference(Place::of(of), owned))
        }
        Type::ImplTrait(_) => Some(Unstorable::Opaque(Place::of(of))),
        Type::Array(of) => unstorable(&of.elem),
        Type::Slice(of) => unstorable(&of.elem),
        Type::Paren(of) => unstorable(&of.elem),
        Type::Group(of) => unstorable(&of.elem),
        Type::Tuple(of) => of.elems.iter().find_map(unstorable),
        Type::TraitObject(of) => of.bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Lifetime(lifetime) if lifetime.ident != "static" => {
                Some(Unstorable::Lifetime(Place::of(lifetime)))
            }
            _ => None,
        }),
        Type::Path(of) => of
            .path
            .segments
            .iter()
            .find_map(|segment| match &segment.arguments {
                PathArguments::AngleBracketed(list) => list.args.iter().find_map(in_argument),
                _ => None,
            }),
        _ => None,
    }
}

fn in_argument(argument: &GenericArgument) -> Option<Unstorable> {
    match argument {
        GenericArgument::Type(of) => unstorable(of),
        GenericArgument::Lifetime(lifetime) if lifetime.ident != "static" => {
            Some(Unstorable::Lifetime(Place::of(lifetime)))
        }
        _ => None,
    }
}

/// `str` → `String`, `[T]` → `Vec<T>`, `Path` → `PathBuf`, `T` → `T`.
fn owned(referent: &Type) -> String {
    match referent {
        Type::Slice(of) => format!("Vec<{}>", text::of(&of.elem)),
        Type::Reference(of) => owned(&of.elem),
        Type::Paren(of) => owned(&of.elem),
        Type::Path(of) => match of
            .path
            .segments
            .last()
            .map(|last| last.ident.to_string())
            .as_deref()
        {
            Some("str") => "String".to_owned(),
            Some("Path") => "std::path::PathBuf".to_owned(),
            Some("OsStr") => "std::ffi::OsString".to_owned(),
            _ => text::of(referent),
        },
        Type::TraitObject(_) => "a concrete type".to_owned(),
        of => text::of(of),
    }
}

/// `String`, however its path is written.
pub fn is_string(of: &Type) -> bool {
    [
        "String",
        "std::string::String",
        "::std::string::String",
        "alloc::string::String",
    ]
    .contains(&text::of(of).as_str())
}

/// The last name of a path type.
pub fn last_name(of: &Type) -> Option<String> {
    match of {
        Type::Path(of) => of.path.segments.last().map(|last| last.ident.to_string()),
        Type::Paren(of) => last_name(&of.elem),
        Type::Group(of) => last_name(&of.elem),
        _ => None,
    }
}

/// What a function returns, by the look of its type.
pub enum Output {
    Unit,
    /// The last name ends in `Result`. With the parts to underline for output and error.
    Result {
        of: Type,
        output: Place,
        error: Place,
    },
    Plain(Type),
}

impl Output {
    pub fn of(output: &ReturnType) -> Self {
        let of = match output {
            ReturnType::Default => return Self::Unit,
            ReturnType::Type(_, of) => ungrouped(of),
        };
        if is_unit(of) {
            return Self::Unit;
        }
        let Type::Path(path) = of else {
            return Self::Plain(of.clone());
        };
        match path.path.segments.last() {
            Some(last) if last.ident.to_string().ends_with("Result") => {
                let arguments = type_arguments(&path.path);
                let whole = Place::of(of);
                // An alias may order its parameters as it likes; `Result` itself is known.
                let known = last.ident == "Result";
                let part = |at: usize| arguments.get(at).filter(|_| known).map(Place::of);
                Self::Result {
                    of: of.clone(),
                    output: part(0).unwrap_or(whole),
                    error: part(1).unwrap_or(whole),
                }
            }
            _ => Self::Plain(of.clone()),
        }
    }

    /// Whether something other than `()` is stored, as far as the tokens tell.
    pub fn stores(&self) -> Option<Place> {
        match self {
            Self::Unit => None,
            Self::Plain(of) => Some(Place::of(of)),
            Self::Result {
                of: Type::Path(path),
                ..
            } => {
                let first = type_arguments(&path.path).into_iter().next()?;
                (!is_unit(&first)).then(|| Place::of(&first))
            }
            Self::Result { .. } => None,
        }
    }

    /// The types of `Job::Output` and `Job::Error`, placed where the compiler should complain.
    pub fn types(&self) -> (TokenStream, TokenStream) {
        let never = quote::quote!(__p::std::convert::Infallible);
        match self {
            Self::Unit => (quote::quote!(()), never),
            Self::Plain(of) => (of.to_token_stream(), never),
            Self::Result { of, output, error } => (
                projection(of, "Output", *output),
                projection(of, "Error", *error),
            ),
        }
    }
}

/// `<T as JobReturn>::Name`, underlined at `at`.
fn projection(of: &Type, name: &str, at: Place) -> TokenStream {
    let name = proc_macro2::Ident::new(name, at.end);
    let start = quote::quote_spanned!(at.start=> <);
    let end = quote::quote_spanned!(at.end=> #name);
    quote::quote!(#start #of as __p::JobReturn>::#end)
}

fn type_arguments(path: &Path) -> Vec<Type> {
    match path.segments.last().map(|last| &last.arguments) {
        Some(PathArguments::AngleBracketed(list)) => list
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(of) => Some(of.clone()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

pub fn is_unit(of: &Type) -> bool {
    matches!(of, Type::Tuple(tuple) if tuple.elems.is_empty())
}

pub fn ungrouped(of: &Type) -> &Type {
    match of {
        Type::Group(group) => ungrouped(&group.elem),
        of => of,
    }
}
