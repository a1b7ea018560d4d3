//! Tokens → [`RawBase`]. Never fails; errors go to `Errors`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Fields, ItemStruct};

use crate::{
    errors::Errors,
    options::{self, Options, raw},
    spanned::Place,
};

/// A base as written.
pub struct RawBase {
    pub options: Options,
    /// The struct's name, if it is one that can be a base.
    pub name: Option<Ident>,
}

pub fn parse(tokens: TokenStream, item: &TokenStream, errors: &mut Errors) -> RawBase {
    let raw = raw::parse(tokens, &options::BASE, errors);
    RawBase {
        options: Options::read(&raw, errors),
        name: name(item, errors),
    }
}

fn name(item: &TokenStream, errors: &mut Errors) -> Option<Ident> {
    let Ok(item) = syn::parse2::<ItemStruct>(item.clone()) else {
        let first = item.clone().into_iter().next();
        let at = first.map_or(Place::of(item), |tree| tree.span().into());
        errors.push(
            at,
            "`#[jobs::base]` goes on a unit struct",
            "write `pub struct ApplicationJob;`",
        );
        return None;
    };
    let help = format!("write `struct {};`", item.ident);
    if !item.generics.params.is_empty() {
        errors.push(Place::of(&item.generics), "a base cannot be generic", help);
        return None;
    }
    if !matches!(item.fields, Fields::Unit) {
        errors.push(
            Place::of(&item.fields),
            "a base has no fields: it only carries options",
            help,
        );
    }
    Some(item.ident)
}

impl RawBase {
    pub fn private(&self) -> TokenStream {
        match &self.options.krate {
            Some(path) => quote!(#path::__private),
            None => quote!(::jobs::__private),
        }
    }
}
